import { MEDIA_TYPE, parseReference, withDefaultTag } from "#oci";
import type { Descriptor, Platform } from "#oci";
import { askFailure } from "#registry";
import type { CredentialSource, LoginResult, OperationOptions, Registries, Repository, RegistryCredentials, SearchResult } from "#registry";
import { configPlatform } from "./config-platform.ts";
import { copyImages } from "./copy/copy-images.ts";
import type { CopyEvent, CopyRequest } from "./copy/types.ts";

export interface SearchQuery {
  /** `[host[:port]/]words`. */
  readonly term: string;
  /** 1 to 100. */
  readonly limit?: number;
  readonly isOfficial?: boolean;
  readonly minStars?: number;
  readonly credentials?: CredentialSource;
}

export interface RemoteImage {
  readonly descriptor: Descriptor;
  /** `undefined` where the manifest alone does not say. */
  readonly platforms: readonly Platform[] | undefined;
}

export interface Remote {
  login(serverAddress: string, credentials: RegistryCredentials, options?: OperationOptions): Promise<LoginResult>;
  search(query: SearchQuery, options?: OperationOptions): Promise<readonly SearchResult[]>;
  /** What a name stands for in its registry now. */
  inspect(name: string, credentials: CredentialSource, options?: OperationOptions): Promise<RemoteImage>;
  /** An image from one registry to another, with its index and referrers. Leaving the stream early cancels it. */
  copy(request: CopyRequest, options?: OperationOptions): AsyncGenerator<CopyEvent>;
}

export function createRemote(registries: Registries): Remote {
  return {
    login: (serverAddress, credentials, options) => explaining(registries.login(serverAddress, credentials, options)),
    search: (query, options) => explaining(search(registries, query, options)),
    inspect: (name, credentials, options = {}) => explaining(inspect(registries, name, credentials, options)),
    copy: (request, options) => copyImages(registries, request, options),
  };
}

async function inspect(
  registries: Registries,
  name: string,
  credentials: CredentialSource,
  options: OperationOptions,
): Promise<RemoteImage> {
  const reference = withDefaultTag(parseReference(name));
  const repository = registries.repository(reference, { credentials });
  const descriptor = await repository.resolve(reference.digest ?? reference.tag ?? "latest", options);
  return { descriptor, platforms: await platformsOf(repository, descriptor, options) };
}

function explaining<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw askFailure(error);
  });
}

async function search(
  registries: Registries,
  { isOfficial, minStars = 0, ...request }: SearchQuery,
  options?: OperationOptions,
): Promise<SearchResult[]> {
  const found = await registries.search(request, options);
  return found.filter((result) => (isOfficial === undefined || result.isOfficial === isOfficial) && result.stars >= minStars);
}

/** Docker looks into the config of its own manifests, but not of OCI's. */
async function platformsOf(
  repository: Repository,
  descriptor: Descriptor,
  options: OperationOptions,
): Promise<readonly Platform[] | undefined> {
  const { document } = await repository.fetchManifest(descriptor, options);
  if (document.kind === "index") return document.manifests.flatMap(({ platform }) => (platform === undefined ? [] : [platform]));
  if (document.mediaType !== MEDIA_TYPE.dockerManifest) return undefined;
  const platform = await configPlatform(repository, document, options);
  return platform === undefined ? undefined : [platform];
}
