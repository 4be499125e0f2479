import { cancelled, EngineError } from "#errors";
import type { Descriptor, Digest } from "#oci";
import type { Plan, RegistryClient, Reply } from "../client.ts";
import { detailsOf, failure } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { pause } from "../retry.ts";
import { contentLength, header } from "../transport/headers.ts";
import type { BlobSource, OperationOptions, UploadOptions } from "../types.ts";
import { pullScope } from "./manifests.ts";

/** An upload that a registry has begun. */
export interface UploadSession {
  readonly endpoint: Endpoint;
  /** Opaque, and another one after every answer. */
  readonly location: URL;
  /** The registry takes no smaller chunks, but for the last. */
  readonly minChunk: number;
}

/** After a break the rest goes in pieces, so that another break costs no more than one. */
const CHUNK_SIZE = 32 * 1024 * 1024;
/** Below the limits that gateways are commonly given. */
const SMALL_CHUNK_SIZE = 8 * 1024 * 1024;
/** A registry answers the last request when all is stored, which takes its time. */
const COMMIT_FACTOR = 10;
const CANCEL_TIMEOUT_MS = 5000;

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

export interface BlobUpload {
  readonly path: string;
  readonly blob: Descriptor;
  readonly source: BlobSource;
  /** Left by a mount that was none. */
  readonly session: UploadSession | undefined;
}

export async function uploadBlob(client: RegistryClient, upload: BlobUpload, options: UploadOptions): Promise<void> {
  await new Upload(client, upload, options).run();
}

class Upload {
  readonly #client: RegistryClient;
  readonly #path: string;
  readonly #blob: Descriptor;
  readonly #source: BlobSource;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: (sent: number) => void;
  readonly #plan: Plan;
  #session: UploadSession | undefined;
  /** The registry has this many bytes of the session. */
  #offset = 0;
  /** 0: all in one request, which every registry understands. */
  #chunkSize = 0;

  constructor(client: RegistryClient, { path, blob, source, session }: BlobUpload, { signal, onProgress }: UploadOptions) {
    this.#client = client;
    this.#path = path;
    this.#blob = blob;
    this.#source = source;
    this.#session = session;
    this.#signal = signal;
    this.#onProgress = onProgress ?? (() => undefined);
    this.#plan = { operation: "upload the blob", capability: "push", patience: "transfer", signal, digest: blob.digest };
  }

  async run(): Promise<void> {
    const plan = this.#client.retryPlan(this.#plan);
    for (let attempt = 1; ;) {
      const before = this.#offset;
      try {
        return await this.#attempt();
      } catch (error) {
        if (this.#signal?.aborted === true) {
          this.#cancel();
          throw cancelled(this.#signal.reason);
        }
        const isAdapted = this.#adapt(error);
        attempt = this.#offset > before ? 2 : attempt + 1;
        if (!isAdapted) await this.#pauseOrCancel(error, attempt, plan);
        else if (attempt > plan.attempts) throw error;
        await this.#recover();
      }
    }
  }

  async #attempt(): Promise<void> {
    const session = this.#session ?? (await this.#client.once(this.#plan, (endpoint) => this.#begin(endpoint)));
    this.#session = session;
    this.#onProgress(this.#offset);
    if (this.#chunkSize === 0 && this.#offset === 0) return this.#finish(this.#blob.size);
    const size = Math.max(this.#chunkSize === 0 ? CHUNK_SIZE : this.#chunkSize, session.minChunk);
    while (this.#offset < this.#blob.size) await this.#sendChunk(Math.min(size, this.#blob.size - this.#offset));
    await this.#finish(0);
  }

  async #begin(endpoint: Endpoint): Promise<UploadSession> {
    const call = { ...this.#plan, method: "POST", path: `/${this.#path}/blobs/uploads/`, scopes: [pushScope(this.#path)] } as const;
    const reply = await this.#client.expect(endpoint, { ...call, headers: { "content-length": "0" } }, [202]);
    reply.response.discard();
    this.#offset = 0;
    return toSession(reply, endpoint, endpoint);
  }

  async #sendChunk(length: number): Promise<void> {
    const { endpoint, location } = this.#current();
    const start = this.#offset;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(length),
      "content-range": `${start}-${start + length - 1}`,
    };
    const call = { ...this.#plan, method: "PATCH", url: location, scopes: [pushScope(this.#path)], headers } as const;
    const reply = await this.#client.expect(endpoint, { ...call, body: () => this.#bytes(length) }, [202, 204]);
    reply.response.discard();
    this.#session = toSession(reply, endpoint, this.#current());
    const held = rangeEnd(header(reply.response.headers, "range"));
    this.#offset = held === undefined || held > start + length || held <= start ? start + length : held;
  }

  async #finish(length: number): Promise<void> {
    const { endpoint, location } = this.#current();
    const headers = { "content-type": "application/octet-stream", "content-length": String(length) };
    const url = new URL(`${location.href}${location.search === "" ? "?" : "&"}digest=${encodeURIComponent(this.#blob.digest)}`);
    const responseTimeout = this.#client.deps.timeouts.response * COMMIT_FACTOR;
    const call = { ...this.#plan, method: "PUT", url, scopes: [pushScope(this.#path)], headers, responseTimeout } as const;
    const body = length === 0 ? undefined : () => this.#bytes(length);
    const reply = await this.#client.expect(endpoint, { ...call, body }, [201, 204]);
    reply.response.discard();
    const stored = header(reply.response.headers, "docker-content-digest");
    if (stored !== undefined && stored !== this.#blob.digest) {
      throw failure("internal", `cannot upload the blob: ${endpoint.host} stored ${stored}, expected ${this.#blob.digest}`, reply.asking);
    }
    this.#onProgress(this.#blob.size);
  }

  async *#bytes(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    let sent = this.#offset;
    for await (const chunk of this.#source(this.#offset)) {
      const part = chunk.byteLength > left ? chunk.subarray(0, left) : chunk;
      left -= part.byteLength;
      yield part;
      sent += part.byteLength;
      this.#onProgress(sent);
      if (left === 0) return;
    }
  }

  /** True when another way of sending is worth a try at once. */
  #adapt(error: unknown): boolean {
    const { status, codes = [] } = detailsOf(error);
    // A gateway in front takes only so much at a time.
    if (status === 413 && (this.#chunkSize === 0 || this.#chunkSize > SMALL_CHUNK_SIZE) && this.#blob.size > SMALL_CHUNK_SIZE) {
      this.#chunkSize = SMALL_CHUNK_SIZE;
      return true;
    }
    const isLost = status === 416 || (status === 404 && codes.some((code) => code.startsWith("BLOB_UPLOAD_")));
    if (isLost && this.#session !== undefined) return true;
    if (detailsOf(error).isTransient === true) this.#chunkSize = Math.max(this.#chunkSize, CHUNK_SIZE);
    return false;
  }

  /** Asks how much the registry has; when it does not say, everything begins again. */
  async #recover(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    const lost = this.#offset;
    this.#offset = 0;
    if (session === undefined || lost + this.#blob.size === 0) return;
    try {
      const call = {
        operation: "ask for the upload",
        method: "GET",
        url: session.location,
        scopes: [pushScope(this.#path)],
        signal: this.#signal,
      } as const;
      const reply = await this.#client.ask(session.endpoint, call);
      reply.response.discard();
      const held = rangeEnd(header(reply.response.headers, "range"));
      if ((reply.response.status !== 204 && reply.response.status !== 200) || held === undefined || held > this.#blob.size) return;
      this.#session = toSession(reply, session.endpoint, session);
      // `0-0` is what registries say of nothing, too; one byte more or less is not worth a doubt.
      if (held > 1) this.#offset = held;
      else this.#session = undefined;
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind === "cancelled") throw error;
    }
  }

  async #pauseOrCancel(error: unknown, attempt: number, plan: Parameters<typeof pause>[2]): Promise<void> {
    try {
      await pause(error, attempt, plan);
    } catch (final) {
      this.#cancel();
      throw final;
    }
  }

  /** Behind the caller's back, who need not wait for a registry's cleaning up. */
  #cancel(): void {
    const session = this.#session;
    if (session === undefined) return;
    const call = { operation: "cancel the upload", method: "DELETE", url: session.location, scopes: [pushScope(this.#path)] } as const;
    const work = this.#client
      .ask(session.endpoint, { ...call, signal: AbortSignal.timeout(CANCEL_TIMEOUT_MS) })
      .then(({ response }) => response.discard());
    this.#client.deps.background(work);
  }

  #current(): UploadSession {
    if (this.#session === undefined) throw new Error("an upload without a session");
    return this.#session;
  }
}

function toSession({ response, asking }: Reply, endpoint: Endpoint, before: Endpoint | UploadSession): UploadSession {
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
  return { endpoint, location, minChunk: Number.isSafeInteger(minChunk) && minChunk > 0 ? minChunk : known };
}

/** How many bytes `0-<last>` stands for. */
function rangeEnd(range: string | undefined): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range?.trim() ?? "")?.[1];
  return last === undefined ? undefined : Number(last) + 1;
}
