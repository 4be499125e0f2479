import { Agent, request } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { internal } from "#errors";
import { failureInProgress } from "./progress-lines.ts";

/** Spoken to every target alike, so that none answers in a richer shape than another. */
const VERSION = "/v1.44";
/** Of podman's own API, where Docker's does not let one say what has to be said. */
const LIBPOD_VERSION = "/v5.0.0";

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** Milliseconds from asking until the last byte of the body; parsing is the caller's time, not the engine's. */
  readonly elapsedMs: number;
}

export interface Download {
  readonly bytes: number;
  /** The last bytes of the body, at most 1,024. */
  readonly tail: Buffer;
  readonly elapsedMs: number;
}

/**
 * The Engine API over one Unix socket, as thin as `node:http` allows: keep-alive, no retries, nothing decoded
 * while the clock runs. A status other than the wanted one, or a failure inside a stream, is thrown: no
 * measurement of a request that failed leaves this class.
 */
export class EngineClient implements Disposable {
  readonly socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** `path` without a version, beginning with a slash. */
  async ask(method: string, path: string, wanted: readonly number[] = [200]): Promise<Answer> {
    const started = performance.now();
    const response = await this.#send(method, path);
    const body = await drain(response);
    const elapsedMs = performance.now() - started;
    const status = response.statusCode ?? 0;
    if (!wanted.includes(status)) throw refused(method, path, status, body);
    return { status, body, elapsedMs };
  }

  /** Sends a document. */
  async order(path: string, document: object | undefined, wanted: readonly number[]): Promise<Answer> {
    const body = Buffer.from(document === undefined ? "" : JSON.stringify(document));
    const started = performance.now();
    const response = await this.#send("POST", path, { "content-type": "application/json", "content-length": String(body.length) }, body);
    const answer = await drain(response);
    const elapsedMs = performance.now() - started;
    const status = response.statusCode ?? 0;
    if (!wanted.includes(status)) throw refused("POST", path, status, answer);
    return { status, body: answer, elapsedMs };
  }

  async json(path: string): Promise<unknown> {
    return JSON.parse((await this.ask("GET", path)).body.toString("utf8"));
  }

  /** Sends `body` chunked and waits for the end of the answer's progress stream, which must not report a failure. */
  async upload(path: string, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> | Readable): Promise<Answer> {
    const source = body instanceof Readable ? body : Readable.from(body, { objectMode: false, highWaterMark: 1 << 20 });
    const started = performance.now();
    const answer = await new Promise<{ status: number; body: Buffer }>((resolve, reject) => {
      const sending = this.#open("POST", path, { "content-type": "application/x-tar" });
      sending.on("error", reject);
      sending.on("response", (response) => {
        drain(response).then((bytes) => resolve({ status: response.statusCode ?? 0, body: bytes }), reject);
      });
      // An engine may answer before it has read everything; its answer then says more than the broken pipe.
      pipeline(source, sending).catch((error: unknown) => setImmediate(() => reject(toError(error))));
    });
    const elapsedMs = performance.now() - started;
    if (answer.status !== 200) throw refused("POST", path, answer.status, answer.body);
    const failure = failureInProgress(answer.body.toString("utf8"));
    if (failure !== undefined) throw internal(`cannot measure POST ${path}: the stream reported: ${failure}`);
    return { ...answer, elapsedMs };
  }

  /** Asks for something that is told in a progress stream, which must not report a failure. */
  async progress(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const started = performance.now();
    const response = await this.#send("POST", path, headers);
    const body = await drain(response);
    const elapsedMs = performance.now() - started;
    const status = response.statusCode ?? 0;
    if (status !== 200) throw refused("POST", path, status, body);
    const failure = failureInProgress(body.toString("utf8"));
    if (failure !== undefined) throw internal(`cannot measure POST ${path}: the stream reported: ${failure}`);
    return { status, body, elapsedMs };
  }

  /** Reads the body to its end and throws it away. */
  async download(path: string): Promise<Download> {
    const started = performance.now();
    const response = await this.#send("GET", path);
    if (response.statusCode !== 200) throw refused("GET", path, response.statusCode ?? 0, await drain(response));
    let bytes = 0;
    let tail: Buffer = Buffer.alloc(0);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      tail = chunk.length >= 1024 ? chunk.subarray(-1024) : Buffer.concat([tail, chunk]).subarray(-1024);
    }
    if (!response.complete) throw internal(`cannot measure GET ${path}: the body ended early, after ${bytes} bytes`);
    return { bytes, tail, elapsedMs: performance.now() - started };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, headers: Record<string, string> = {}, body?: Uint8Array): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asking = this.#open(method, path, headers);
      asking.on("error", reject);
      asking.on("response", resolve);
      asking.end(body);
    });
  }

  #open(method: string, path: string, headers: Record<string, string>): ClientRequest {
    return request({
      socketPath: this.socketPath,
      agent: this.#agent,
      method,
      path: `${path.startsWith("/libpod/") ? LIBPOD_VERSION : VERSION}${path}`,
      headers: { host: "bench.local", ...headers },
    });
  }
}

async function drain(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function refused(method: string, path: string, status: number, body: Buffer): Error {
  return internal(`cannot measure ${method} ${path}: answered ${status}: ${body.subarray(0, 300).toString("utf8").trim()}`);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : internal(String(error));
}
