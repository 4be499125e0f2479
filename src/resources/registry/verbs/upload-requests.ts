import { EngineError } from "#errors";
import type { Digest } from "#oci";
import type { Plan, RegistryClient } from "../client.ts";
import { failure } from "../failure.ts";
import { header } from "../transport/headers.ts";
import { pushScope, rangeEnd, toSession } from "./upload-session.ts";
import type { UploadSession } from "./upload-session.ts";

/** A registry answers the last request when all is stored, which takes its time. */
const COMMIT_FACTOR = 10;
const CANCEL_TIMEOUT_MS = 5000;

type Body = () => AsyncIterable<Uint8Array> | Uint8Array;

/** The requests of one upload, whatever it sends: where it goes on, and how far it has come. */
export class UploadRequests {
  readonly #client: RegistryClient;
  readonly #path: string;
  readonly #plan: Plan;
  #session: UploadSession | undefined;
  #offset = 0;

  /** @param session left by a mount that was none. */
  constructor(client: RegistryClient, path: string, plan: Plan, session: UploadSession | undefined) {
    this.#client = client;
    this.#path = path;
    this.#plan = plan;
    this.#session = session;
  }

  /** The registry has this many bytes of the session. */
  get offset(): number {
    return this.#offset;
  }

  get isBegun(): boolean {
    return this.#session !== undefined;
  }

  async begin(): Promise<UploadSession> {
    this.#session ??= await this.#client.once(this.#plan, async (endpoint) => {
      const call = { ...this.#call(), method: "POST", path: `/${this.#path}/blobs/uploads/` } as const;
      const reply = await this.#client.expect(endpoint, { ...call, headers: { "content-length": "0" } }, [202]);
      reply.response.discard();
      this.#offset = 0;
      return toSession(reply, endpoint, endpoint);
    });
    return this.#session;
  }

  /** Appends `length` bytes, of which the registry may take fewer. */
  async append(length: number, body: Body): Promise<void> {
    const start = this.#offset;
    const headers = { "content-length": String(length), "content-range": `${start}-${start + length - 1}` };
    const held = await this.#patch(headers, body);
    this.#offset = held === undefined || held > start + length || held <= start ? start + length : held;
  }

  /** Sends all there is to a session that has nothing yet, as Docker does: of a length that nobody knows before its end. */
  async appendAll(body: Body): Promise<void> {
    await this.#patch({}, body);
  }

  /** @param body what was not sent before, of `length` bytes. */
  async finish(digest: Digest, length: number, body?: Body): Promise<void> {
    const { endpoint, location } = this.#current();
    const headers = { "content-type": "application/octet-stream", "content-length": String(length) };
    const url = new URL(`${location.href}${location.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`);
    const responseTimeout = this.#client.deps.timeouts.response * COMMIT_FACTOR;
    const call = { ...this.#call(), method: "PUT", url, headers, responseTimeout, body } as const;
    const reply = await this.#client.expect(endpoint, call, [201, 204]);
    reply.response.discard();
    const stored = header(reply.response.headers, "docker-content-digest");
    if (stored !== undefined && stored !== digest) {
      throw failure("internal", `cannot upload the blob: ${endpoint.host} stored ${stored}, expected ${digest}`, reply.asking);
    }
  }

  /** Asks how much the registry has; when it does not say, or says more than `most`, everything begins again. */
  async recover(most: number): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#offset = 0;
    if (session === undefined) return;
    try {
      const call = { ...this.#call(), operation: "ask for the upload", method: "GET", url: session.location } as const;
      const reply = await this.#client.ask(session.endpoint, call);
      reply.response.discard();
      const held = rangeEnd(header(reply.response.headers, "range"));
      // `0-0` is what registries say of nothing, too; one byte more or less is not worth a doubt.
      if ((reply.response.status !== 204 && reply.response.status !== 200) || held === undefined || held > most || held <= 1) return;
      this.#session = toSession(reply, session.endpoint, session);
      this.#offset = held;
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind === "cancelled") throw error;
    }
  }

  /** Behind the caller's back, who need not wait for a registry's cleaning up. */
  cancel(): void {
    const session = this.#session;
    if (session === undefined) return;
    const call = { ...this.#call(), operation: "cancel the upload", method: "DELETE", url: session.location } as const;
    const work = this.#client
      .ask(session.endpoint, { ...call, signal: AbortSignal.timeout(CANCEL_TIMEOUT_MS) })
      .then(({ response }) => response.discard());
    this.#client.deps.background(work);
  }

  /** Returns how much the registry says that it has. */
  async #patch(more: Readonly<Record<string, string>>, body: Body): Promise<number | undefined> {
    const { endpoint, location } = this.#current();
    const headers = { "content-type": "application/octet-stream", ...more };
    const reply = await this.#client.expect(endpoint, { ...this.#call(), method: "PATCH", url: location, headers, body }, [202, 204]);
    reply.response.discard();
    this.#session = toSession(reply, endpoint, this.#current());
    return rangeEnd(header(reply.response.headers, "range"));
  }

  #call(): { readonly operation: string; readonly scopes: readonly string[]; readonly signal: AbortSignal | undefined } {
    return { operation: this.#plan.operation, scopes: [pushScope(this.#path)], signal: this.#plan.signal };
  }

  #current(): UploadSession {
    if (this.#session === undefined) throw new Error("an upload without a session");
    return this.#session;
  }
}
