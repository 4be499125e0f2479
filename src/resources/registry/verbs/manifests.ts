import { EngineError } from "#errors";
import {
  algorithmOf,
  createDigester,
  isDigest,
  isIndexType,
  isManifestType,
  MAX_MANIFEST_SIZE,
  MEDIA_TYPE,
  parseDigest,
  parseManifest,
} from "#oci";
import type { Descriptor, Digest, ManifestDocument } from "#oci";
import { refusal } from "../client.ts";
import type { RegistryClient, Reply } from "../client.ts";
import { failure } from "../failure.ts";
import type { Asking } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { readWhole } from "../transport/body.ts";
import { contentLength, contentType, header } from "../transport/headers.ts";
import type { FetchedManifest, OperationOptions } from "../types.ts";

/** Everything that can be understood, in every request: old registries convert or refuse what is not listed. */
const ACCEPT = [
  MEDIA_TYPE.ociIndex,
  MEDIA_TYPE.dockerIndex,
  MEDIA_TYPE.ociManifest,
  MEDIA_TYPE.dockerManifest,
  "application/json",
  "*/*",
].join(", ");
const SCHEMA1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:prettyjws|json)$/;
/** Types by which a document is served that does not know its own; the document decides. */
const UNTYPED = new Set(["", "application/json", "application/octet-stream", "binary/octet-stream", "text/json"]);

export interface Resolved {
  readonly descriptor: Descriptor;
  /** When it took a GET to learn the descriptor. */
  readonly fetched?: FetchedManifest;
}

export function headOf(path: string, tagOrDigest: string) {
  return { method: "HEAD", path: pathOf(path, tagOrDigest), scopes: [pullScope(path)], headers: { accept: ACCEPT } } as const;
}

/** HEAD, and when that does not tell enough, GET: its body has the answer or the reason. */
export async function resolveManifest(
  client: RegistryClient,
  path: string,
  tagOrDigest: string,
  { signal }: OperationOptions,
): Promise<Resolved> {
  const plan = { operation: "resolve the reference", capability: "resolve", patience: "request", signal } as const;
  return client.run(plan, async (endpoint) => {
    const { response, asking } = await client.ask(endpoint, { ...plan, ...headOf(path, tagOrDigest) });
    response.discard();
    const descriptor = response.status === 200 ? headDescriptor({ response, asking }, tagOrDigest) : undefined;
    if (descriptor !== undefined) return { descriptor };
    const fetched = await getManifest(client, endpoint, { path, tagOrDigest, signal, asking });
    return { descriptor: fetched.descriptor, fetched };
  });
}

export async function fetchManifest(
  client: RegistryClient,
  path: string,
  wanted: Descriptor | string,
  { signal }: OperationOptions,
): Promise<FetchedManifest> {
  const plan = { operation: "fetch the manifest", capability: "pull", patience: "request", signal } as const;
  const tagOrDigest = typeof wanted === "string" ? wanted : wanted.digest;
  const descriptor = typeof wanted === "string" ? undefined : wanted;
  return client.run(plan, (endpoint) => getManifest(client, endpoint, { path, tagOrDigest, signal, descriptor }));
}

export function pullScope(path: string): string {
  return `repository:${path}:pull`;
}

export function manifestPath(path: string, tagOrDigest: string): string {
  return pathOf(path, tagOrDigest);
}

interface GetRequest {
  readonly path: string;
  readonly tagOrDigest: string;
  readonly signal: AbortSignal | undefined;
  readonly descriptor?: Descriptor | undefined;
  /** Of a HEAD that failed, for the name of the operation. */
  readonly asking?: Asking;
}

async function getManifest(client: RegistryClient, endpoint: Endpoint, request: GetRequest): Promise<FetchedManifest> {
  const { path, tagOrDigest, signal, descriptor, asking: before } = request;
  const operation = before?.operation ?? "fetch the manifest";
  const call = {
    operation,
    method: "GET",
    path: pathOf(path, tagOrDigest),
    scopes: [pullScope(path)],
    headers: { accept: ACCEPT },
    signal,
  } as const;
  const { response, asking } = await client.ask(endpoint, call);
  if (response.status !== 200) throw await refusal({ response, asking });
  const announced = contentLength(response.headers);
  const limit = descriptor?.size ?? MAX_MANIFEST_SIZE;
  if (limit > MAX_MANIFEST_SIZE || (announced ?? 0) > MAX_MANIFEST_SIZE) {
    response.discard();
    throw tooLarge(Math.max(limit, announced ?? 0), asking);
  }
  const bytes = await readWhole(response.body, limit);
  if (bytes === undefined && descriptor === undefined) throw tooLarge(MAX_MANIFEST_SIZE + 1, asking);
  return toFetched({ response, asking }, endpoint, { bytes, tagOrDigest, descriptor });
}

interface Received {
  readonly bytes: Uint8Array | undefined;
  readonly tagOrDigest: string;
  readonly descriptor: Descriptor | undefined;
}

function toFetched({ response, asking }: Reply, endpoint: Endpoint, { bytes, tagOrDigest, descriptor }: Received): FetchedManifest {
  const expected = descriptor?.digest ?? (isDigest(tagOrDigest) ? tagOrDigest : undefined);
  const claimed = header(response.headers, "docker-content-digest");
  const digest = bytes === undefined ? undefined : digestBy(expected ?? claimed ?? "", bytes);
  if (expected !== undefined && (digest !== expected || bytes?.byteLength !== (descriptor?.size ?? bytes?.byteLength))) {
    throw failure("internal", `manifest verification failed for digest ${expected}`, asking, { status: response.status });
  }
  // By tag there is nothing to hold the registry to but its own word.
  if (
    bytes === undefined ||
    digest === undefined ||
    (expected === undefined && claimed !== undefined && isDigest(claimed) && claimed !== digest)
  ) {
    throw failure("internal", `manifest verification failed for digest ${claimed ?? tagOrDigest}`, asking, { status: response.status });
  }
  const document = parseTyped(bytes, typeOf({ response, asking }, descriptor), asking);
  const { mediaType } = document;
  return { descriptor: { ...descriptor, mediaType, digest, size: bytes.byteLength }, bytes, document, host: endpoint.host };
}

function headDescriptor({ response, asking }: Reply, tagOrDigest: string): Descriptor | undefined {
  const { headers } = response;
  const claimed = header(headers, "docker-content-digest");
  const size = contentLength(headers);
  const mediaType = contentType(headers);
  const isKnown = isIndexType(mediaType) || isManifestType(mediaType);
  if (claimed === undefined || size === undefined || size === 0 || !isKnown || !isDigest(claimed)) return undefined;
  if (size > MAX_MANIFEST_SIZE) throw tooLarge(size, asking);
  // Another digest than the one that was asked for: the GET will show what it is.
  if (isDigest(tagOrDigest) && claimed !== tagOrDigest) return undefined;
  return { mediaType, digest: claimed, size };
}

/** The type by which the document has to call itself; `undefined` leaves it the choice. */
function typeOf({ response, asking }: Reply, descriptor: Descriptor | undefined): string | undefined {
  const served = contentType(response.headers);
  const wanted = descriptor?.mediaType;
  if (SCHEMA1.test(served) || served === "text/plain") {
    const words =
      "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed. " +
      "Suggest the author of the image to upgrade it to the OCI Format or Docker Image manifest v2, schema 2. " +
      "More information at https://docs.docker.com/go/deprecated-image-specs/";
    throw failure("invalid-argument", words, asking);
  }
  const isKnown = isIndexType(served) || isManifestType(served);
  if (!isKnown && !UNTYPED.has(served)) {
    throw failure("invalid-argument", `cannot ${asking.operation}: ${asking.host} answered with "${served}", expected a manifest`, asking);
  }
  if (isKnown && wanted !== undefined && wanted !== "" && wanted !== served) {
    throw failure("invalid-argument", `cannot ${asking.operation}: ${asking.host} serves it as "${served}", expected "${wanted}"`, asking);
  }
  return isKnown ? served : wanted;
}

function parseTyped(bytes: Uint8Array, mediaType: string | undefined, asking: Asking): ManifestDocument {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw failure(error.kind, error.message, asking, { cause: error });
  }
}

function digestBy(like: string, bytes: Uint8Array): Digest {
  const digester = createDigester(isDigest(like) ? algorithmOf(parseDigest(like)) : "sha256");
  digester.update(bytes);
  return digester.digest();
}

function pathOf(path: string, tagOrDigest: string): string {
  return `/${path}/manifests/${tagOrDigest}`;
}

function tooLarge(size: number, asking: Asking): EngineError {
  return failure("invalid-argument", `rejecting ${size} byte manifest: the limit is ${MAX_MANIFEST_SIZE} bytes`, asking);
}
