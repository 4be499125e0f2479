import type { ClientRequest, IncomingMessage } from "node:http";
import { Readable, pipeline } from "node:stream";
import { cancelled } from "#errors";
import type { HttpResponse } from "../transport.ts";
import { connectionFailure } from "./connection-failure.ts";

export interface ExchangeOptions {
  readonly address: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * One request and its answer. Both directions flow at once: an engine reports progress while it reads the body,
 * and may answer with an error before it has read all of it.
 */
export class Exchange {
  readonly #outgoing: ClientRequest;
  readonly #address: string;
  readonly #signal: AbortSignal | undefined;
  /** What the request's body threw: the reason of whatever fails after it. */
  #bodyFailure: { readonly error: unknown } | undefined;
  #incoming: IncomingMessage | undefined;
  #isClosed = false;

  constructor(outgoing: ClientRequest, { address, signal }: ExchangeOptions) {
    this.#outgoing = outgoing;
    this.#address = address;
    this.#signal = signal;
  }

  async run(body: AsyncIterable<Uint8Array> | undefined): Promise<HttpResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    this.#outgoing.once("response", resolve);
    // Stays for good: errors of sending also come after the answer began, when reading it tells of them.
    this.#outgoing.on("error", reject);
    this.#signal?.addEventListener("abort", this.#abort, { once: true });
    if (this.#signal?.aborted === true) this.#abort();
    if (body === undefined) this.#outgoing.end();
    else pipeline(Readable.from(this.#watch(body)), this.#outgoing, ignoreFailure);
    try {
      return this.#toResponse(await promise);
    } catch (error) {
      this.#close();
      throw this.#failure(error);
    }
  }

  #toResponse(incoming: IncomingMessage): HttpResponse {
    this.#incoming = incoming;
    const headers = new Map<string, string>();
    for (const [name, value] of Object.entries(incoming.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
    }
    return { status: incoming.statusCode ?? 0, headers, body: this.#read(incoming), close: () => this.#close() };
  }

  async *#read(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
    try {
      yield* incoming;
    } catch (error) {
      if (!this.#isClosed) throw this.#failure(error);
    } finally {
      this.#close();
    }
  }

  async *#watch(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      this.#bodyFailure = { error };
      throw error;
    }
  }

  /** When all was sent and all was read, the connection is back with the agent; else nobody can use it again. */
  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    if (!this.#outgoing.writableFinished || this.#incoming?.readableEnded !== true) this.#outgoing.destroy();
  }

  readonly #abort = (): void => {
    this.#outgoing.destroy(cancelled(this.#signal?.reason));
  };

  #failure(error: unknown): unknown {
    if (this.#signal?.aborted === true) return cancelled(this.#signal.reason);
    if (this.#bodyFailure !== undefined) return this.#bodyFailure.error;
    return connectionFailure(error, this.#address, { isReused: this.#outgoing.reusedSocket && this.#incoming === undefined });
  }
}

/** What ends a pipeline also fails the request or its answer, where it is told. */
function ignoreFailure(): void {}
