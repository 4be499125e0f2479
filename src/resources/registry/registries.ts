import { createLimit } from "#async";
import type { Limit } from "#async";
import { notImplemented } from "#errors";
import type { Reference } from "#oci";
import type { CredentialSource, RegistryCredentials } from "./credentials.ts";
import type { RegistryConfig } from "./registry-config.ts";
import { Repository } from "./repository.ts";
import type { ListOptions, LoginResult, OperationOptions, RepositoryOptions, SearchRequest, SearchResult } from "./types.ts";

/** Every registry there is, under one configuration: the door to repositories. */
export class Registries implements AsyncDisposable {
  /** Places for layers in transfer, shared by all operations; whoever fetches or uploads takes one. */
  readonly downloads: Limit;
  readonly uploads: Limit;

  private constructor(config: RegistryConfig) {
    this.downloads = createLimit(config.maxConcurrentDownloads || Infinity);
    this.uploads = createLimit(config.maxConcurrentUploads || Infinity);
  }

  /** @throws invalid-argument naming the setting that cannot be. Opens no connection. */
  static open(config: RegistryConfig = {}): Registries {
    return new Registries(config);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  /** The repository that `reference` names; nothing is asked yet. */
  repository(reference: Reference, options: RepositoryOptions = {}): Repository {
    void options;
    return new Repository(reference);
  }

  /** Names of a registry's repositories, as far as it tells. */
  catalog(domain: string, options: ListOptions & { readonly credentials?: CredentialSource } = {}): Promise<readonly string[]> {
    return Promise.reject(notImplemented(`cannot list ${domain}`, { details: { options } }));
  }

  search(request: SearchRequest, options: OperationOptions = {}): Promise<readonly SearchResult[]> {
    return Promise.reject(notImplemented(`cannot search for ${request.term}`, { details: { options } }));
  }

  /** Proves credentials to the registry at `serverAddress`; empty is docker.io. */
  login(serverAddress: string, credentials: RegistryCredentials, options: OperationOptions = {}): Promise<LoginResult> {
    return Promise.reject(notImplemented(`cannot log in to ${serverAddress}`, { details: { credentials, options } }));
  }
}
