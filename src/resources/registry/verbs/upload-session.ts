import type { Descriptor, Digest } from "#oci";
import type { RegistryClient, Reply } from "../client.ts";
import { failure } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { contentLength, header } from "../transport/headers.ts";
import type { OperationOptions } from "../types.ts";
import { pullScope } from "./manifests.ts";

/** An upload that a registry has begun. */
export interface UploadSession {
  readonly endpoint: Endpoint;
  /** Opaque, and another one after every answer. */
  readonly location: URL;
  /** The registry takes no smaller chunks, but for the last. */
  readonly minChunk: number;
}

/** A piece is kept in memory until it has arrived; a registry that wants larger ones is sent these, and may refuse. */
const MAX_MIN_CHUNK = 64 * 1024 * 1024;

export function pushScope(path: string): string {
  return `repository:${path}:push,pull`;
}

/** Length too: a registry with a truncated copy is sent another. */
export async function hasBlob(
  client: RegistryClient,
  path: string,
  { digest, size }: Descriptor,
  { signal }: OperationOptions,
): Promise<boolean> {
  const plan = { operation: "look for the blob", capability: "push", patience: "request", signal } as const;
  return client.run(plan, async (endpoint) => {
    const call = { ...plan, method: "HEAD", path: `/${path}/blobs/${digest}`, scopes: [pushScope(path)] } as const;
    const { response } = await client.ask(endpoint, call);
    response.discard();
    return response.status === 200 && (contentLength(response.headers) ?? size) === size;
  });
}

export type MountOutcome = { readonly isMounted: true } | { readonly isMounted: false; readonly session: UploadSession | undefined };

/** A registry that does not mount begins an upload instead, which is as good as one that we begin. */
export async function mountBlob(
  client: RegistryClient,
  path: string,
  digest: Digest,
  fromPath: string,
  { signal }: OperationOptions,
): Promise<MountOutcome> {
  const plan = { operation: "mount the blob", capability: "push", patience: "request", signal } as const;
  return client.run(plan, async (endpoint) => {
    const query = [
      ["mount", digest],
      ["from", fromPath],
    ] as const;
    const call = { ...plan, method: "POST", path: `/${path}/blobs/uploads/`, query, headers: { "content-length": "0" } } as const;
    const reply = await client.ask(endpoint, { ...call, scopes: [pushScope(path), pullScope(fromPath)] });
    reply.response.discard();
    const { status } = reply.response;
    if (status === 201) return { isMounted: true };
    // Whatever else it is, an upload without a mount will learn the reason.
    return { isMounted: false, session: status === 202 ? toSession(reply, endpoint, endpoint) : undefined };
  });
}

/** Where an answer says that the upload goes on; an answer that does not say changes nothing. */
export function toSession({ response, asking }: Reply, endpoint: Endpoint, before: Endpoint | UploadSession): UploadSession {
  const text = header(response.headers, "location");
  if (text === undefined || !URL.canParse(text, response.url.href)) {
    if ("location" in before) return before;
    throw failure("internal", `cannot upload the blob: ${endpoint.host} does not say where to`, asking);
  }
  const location = new URL(text, response.url);
  location.hash = "";
  const home = new URL(endpoint.origin);
  // A gateway that ends TLS often leaves the registry behind it unaware of it.
  if (home.protocol === "https:" && location.protocol === "http:" && location.hostname === home.hostname) {
    location.protocol = "https:";
    location.port = home.port;
  }
  if (!/^https?:$/.test(location.protocol) || (home.protocol === "https:" && location.protocol === "http:")) {
    throw failure(
      "internal",
      `cannot upload the blob: ${endpoint.host} sends it to ${location.protocol}//${location.host}, expected https`,
      asking,
    );
  }
  const minChunk = Number(header(response.headers, "oci-chunk-min-length") ?? "0");
  const known = "location" in before ? before.minChunk : 0;
  return { endpoint, location, minChunk: minChunk > 0 ? Math.min(Math.ceil(minChunk), MAX_MIN_CHUNK) : known };
}

/** How many bytes `0-<last>` stands for. */
export function rangeEnd(range: string | undefined): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range?.trim() ?? "")?.[1];
  return last === undefined ? undefined : Number(last) + 1;
}
