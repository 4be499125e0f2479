import assert from "node:assert/strict";
import { Client } from "#sdk";
import type { HttpRequest, HttpResponse, Transport } from "#sdk";

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly (string | Uint8Array)[];
}

/** An engine that gives the same answer to everything, and remembers what it was asked. */
export class StandIn implements Transport {
  readonly address = "stand-in";
  readonly requests: HttpRequest[] = [];
  open = 0;
  isDisposed = false;
  readonly #reply: (request: HttpRequest) => Reply;

  constructor(reply: Reply | ((request: HttpRequest) => Reply) = {}) {
    this.#reply = typeof reply === "function" ? reply : () => reply;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    const { status = 200, headers = {}, chunks = [] } = this.#reply(request);
    this.open += 1;
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.open -= 1;
      isOpen = false;
    };
    return { status, headers: new Map(Object.entries(headers)), body: bytesOf(chunks), close };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}

export async function* bytesOf(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
}

export async function ask(
  verb: (client: Client) => Promise<unknown>,
  { apiVersion = "1.55", reply = {} }: { apiVersion?: string; reply?: Reply } = {},
): Promise<HttpRequest> {
  const transport = new StandIn(reply);
  await verb(await Client.open(transport, { apiVersion }));
  assert.equal(transport.open, 0, "the answer was left open");
  const [request] = transport.requests;
  assert.ok(request !== undefined);
  return request;
}

/** The end of a tar, and nothing before it. */
export const ARCHIVE = { chunks: [new Uint8Array(1024)] };

export async function readAll(stream: Promise<AsyncIterable<Uint8Array>>): Promise<number> {
  let size = 0;
  for await (const chunk of await stream) size += chunk.byteLength;
  return size;
}
