import { once } from "node:events";
import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import { cancelled, isEngineError } from "#errors";
import { encodeProgress } from "#wire";
import type { ErrorDetailJson, ProgressJson } from "#wire";
import type { Answer, ByteStream, Hijacked, MessageStream, WholeAnswer } from "./answer.ts";
import { takeConnection } from "./raw-connection.ts";

/** Characters of messages that wait for each other at most. */
const TOLD_AT_ONCE = 16 * 1024;

export interface SendOptions {
  /** Every answer of the engine carries them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fires when the client is gone. */
  readonly signal: AbortSignal;
  /** What a failure after the first byte is called; also the place to log it. */
  readonly describeFailure: (error: unknown) => ErrorDetailJson;
}

/**
 * Writes an answer as fast as the client reads it.
 *
 * @throws what the stream throws while nothing was sent yet: the caller still may answer with an error.
 */
export async function sendAnswer(response: ServerResponse, answer: Answer, options: SendOptions): Promise<void> {
  switch (answer.kind) {
    case "whole":
      return sendWhole(response, answer, options);
    case "bytes":
      return sendBytes(response, answer, options);
    case "messages":
      return sendMessages(response, answer, options);
    case "hijacked":
      return sendHijacked(response, answer, options);
  }
}

export function sendWhole(response: ServerResponse, { status, headers, body }: WholeAnswer, options: Pick<SendOptions, "headers">): void {
  const bytes = Buffer.from(body);
  const mayHaveBody = status !== 204 && status !== 304;
  const length = mayHaveBody ? { "Content-Length": bytes.byteLength } : {};
  response.writeHead(status, { ...options.headers, ...headers, ...length });
  response.end(bytes);
}

async function sendBytes(response: ServerResponse, { headers, chunks, startsAtOnce }: ByteStream, options: SendOptions): Promise<void> {
  const writer = new ResponseWriter(response, { ...options.headers, ...headers }, options.signal);
  if (startsAtOnce) writer.begin();
  try {
    for await (const chunk of chunks) await writer.write(chunk);
  } catch (error) {
    if (!writer.hasBegun) throw error;
    options.describeFailure(error);
    // An archive that ends early must not look whole: the client sees a broken transfer instead.
    response.destroy();
    return;
  }
  writer.end();
}

async function sendMessages(response: ServerResponse, { messages, failsInStream }: MessageStream, options: SendOptions): Promise<void> {
  const writer = new ResponseWriter(response, { ...options.headers, "Content-Type": "application/json" }, options.signal);
  try {
    for await (const message of messages) await writer.tell(encodeProgress(message));
  } catch (error) {
    if (!writer.hasBegun && !failsInStream) throw error;
    const errorDetail = options.describeFailure(error);
    const last: ProgressJson = { errorDetail, error: errorDetail.message };
    if (!options.signal.aborted) await writer.tell(encodeProgress(last));
  }
  writer.end();
}

async function sendHijacked(response: ServerResponse, answer: Hijacked, options: SendOptions): Promise<void> {
  const connection = await takeConnection(response.req);
  try {
    await connection.write(headOf(answer, options.headers));
    await answer.talk(connection);
  } catch (error) {
    if (!isEngineError(error, "cancelled")) options.describeFailure(error);
    connection.cut();
    return;
  }
  await connection.close();
}

/** By hand, in Docker's order: some clients look for the words. */
function headOf({ status, upgrade, contentType, hasEngineHeaders }: Hijacked, headers: SendOptions["headers"]): string {
  const lines = [`HTTP/1.1 ${status} ${upgrade === undefined ? (STATUS_CODES[status] ?? "") : "UPGRADED"}`, `Content-Type: ${contentType}`];
  if (upgrade !== undefined) lines.push("Connection: Upgrade", `Upgrade: ${upgrade}`);
  const engine = hasEngineHeaders ? Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)) : [];
  for (const [name, value] of engine) lines.push(`${name}: ${value}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Holds the headers back until there is something to say, and the producer until the client has taken it. */
class ResponseWriter {
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal;
  /** Text that goes with the next write. */
  #told = "";

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    this.#response = response;
    this.#headers = headers;
    this.#signal = signal;
  }

  get hasBegun(): boolean {
    return this.#response.headersSent || this.#told !== "";
  }

  begin(): void {
    this.#response.writeHead(200, this.#headers);
    this.#response.flushHeaders();
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    // Leaving the loop by an error lets the producer clean up.
    if (this.#signal.aborted) throw cancelled(this.#signal.reason);
    if (!this.#response.headersSent) this.#response.writeHead(200, this.#headers);
    if (this.#response.write(chunk)) return;
    try {
      await once(this.#response, "drain", { signal: this.#signal });
    } catch (error) {
      throw cancelled(error);
    }
  }

  /** As `write`, together with whatever else is told before anybody else has a turn. */
  async tell(text: string): Promise<void> {
    if (this.#told === "") process.nextTick(() => this.#flush());
    this.#told += text;
    if (this.#told.length < TOLD_AT_ONCE && !this.#response.writableNeedDrain) {
      if (this.#signal.aborted) throw cancelled(this.#signal.reason);
      return;
    }
    const told = this.#told;
    this.#told = "";
    await this.write(told);
  }

  end(): void {
    if (this.#signal.aborted) return;
    this.#flush();
    if (!this.#response.headersSent) this.#response.writeHead(200, this.#headers);
    this.#response.end();
  }

  #flush(): void {
    if (this.#told === "" || this.#signal.aborted) return;
    if (!this.#response.headersSent) this.#response.writeHead(200, this.#headers);
    this.#response.write(this.#told);
    this.#told = "";
  }
}
