import { cancelled, EngineError } from "#errors";
import type { Descriptor } from "#oci";
import type { Plan, RegistryClient } from "../client.ts";
import { detailsOf, failure } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { pause } from "../retry.ts";
import { header } from "../transport/headers.ts";
import type { BlobSource, UploadOptions } from "../types.ts";
import { pushScope, rangeEnd, toSession } from "./upload-session.ts";
import type { UploadSession } from "./upload-session.ts";

/** After a break the rest goes in pieces, so that another break costs no more than one. */
const CHUNK_SIZE = 32 * 1024 * 1024;
/** Below the limits that gateways are commonly given. */
const SMALL_CHUNK_SIZE = 8 * 1024 * 1024;
/** A registry answers the last request when all is stored, which takes its time. */
const COMMIT_FACTOR = 10;
const ENOUGH_PROGRESS = 1024 * 1024;
const CANCEL_TIMEOUT_MS = 5000;

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
    let farthest = 0;
    for (let attempt = 1; ;) {
      try {
        return await this.#attempt();
      } catch (error) {
        if (this.#signal?.aborted === true) {
          this.#cancel();
          throw cancelled(this.#signal.reason);
        }
        const isAdapted = this.#adapt(error);
        // Farther than ever before: earlier failures are forgotten, which may happen only so often.
        const hasAdvanced = this.#offset >= farthest + ENOUGH_PROGRESS;
        attempt = hasAdvanced ? 2 : attempt + 1;
        farthest = Math.max(farthest, this.#offset);
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
