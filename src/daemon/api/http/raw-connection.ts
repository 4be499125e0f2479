import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { cancelled } from "#errors";
import { bodyChunks } from "./request-body.ts";

/** How long a client that has everything may go on sending before it is cut off. */
const FAREWELL_MS = 2_000;

/** What Node's server listens to for the sake of HTTP. It stays with `close`, by which it counts connections. */
const HTTP_EVENTS = ["data", "end", "pause", "resume", "drain", "timeout"];

/** A connection that has stopped being HTTP: bytes both ways, each end closing its own. */
export interface RawConnection {
  /** What the client sends until it closes its side; to be read once. Ends also when the client is gone. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Fires when the client is gone. */
  readonly signal: AbortSignal;
  /** Resolves when the client takes more. @throws cancelled when it is gone. */
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Takes the connection of a request away from Node's parser. The request goes on counting as unanswered until the
 * connection is closed, so that a stop of the daemon waits for it and in the end cuts it.
 */
export async function takeConnection(request: IncomingMessage): Promise<HijackedConnection> {
  const { socket } = request;
  // While a request is being announced, even one without a body is not complete.
  await Promise.resolve();
  if (!request.complete) {
    const body = bodyChunks(request);
    // Dockerode sends a document with everything. Without an upgrade it goes on from there with what it has to say.
    if (isDocument(request)) await body.next();
    // Node goes on undoing its chunks.
    if (request.headers["content-length"] === undefined || !isDocument(request)) return new HijackedConnection(socket, body);
    for await (const _ of body);
  }
  for (const event of HTTP_EVENTS) socket.removeAllListeners(event);
  // Of TLS Node would close both sides.
  socket.allowHalfOpen = true;
  socket.pause();
  // Node's parser reads beneath the stream until somebody listens to the stream itself.
  socket.on("data", ignore).off("data", ignore);
  return new HijackedConnection(socket, socketChunks(socket));
}

function isDocument({ headers }: IncomingMessage): boolean {
  return headers["content-type"]?.startsWith("application/json") === true;
}

export class HijackedConnection implements RawConnection {
  readonly input: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly #socket: Socket;

  constructor(socket: Socket, input: AsyncIterable<Uint8Array>) {
    const gone = new AbortController();
    this.#socket = socket;
    this.input = input;
    this.signal = gone.signal;
    socket.once("close", () => gone.abort());
    // Whoever writes is told by the closing.
    socket.on("error", ignore);
    if (socket.destroyed) gone.abort();
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (!this.#socket.writable) throw cancelled(this.signal.reason);
    if (this.#socket.write(bytes)) return;
    try {
      await once(this.#socket, "drain", { signal: this.signal });
    } catch (error) {
      throw cancelled(error);
    }
  }

  /** Everything written is sent, and the client has a moment to stop sending: cut earlier, it might lose what it was sent. */
  async close(): Promise<void> {
    this.#socket.end();
    this.#socket.resume();
    await Promise.race([once(this.#socket, "close", { signal: this.signal }).catch(ignore), delay(FAREWELL_MS, undefined, { ref: false })]);
    this.#socket.destroy();
  }

  cut(): void {
    this.#socket.destroy();
  }
}

async function* socketChunks(socket: Socket): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch {
    // A client that broke off has said all it will.
  }
}

function ignore(): void {
  // Nothing to do.
}
