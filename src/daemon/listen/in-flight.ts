import type { Server, ServerResponse } from "node:http";
import type { RequestListener } from "./request-guard.ts";

/** Counts the requests of one server, so that a stop can wait for the last of them. */
export class InFlight {
  readonly #responses = new Set<ServerResponse>();
  readonly #answered = Promise.withResolvers<void>();
  #server: Server | undefined;

  /** Resolves when draining has begun and no request is left. */
  readonly answered: Promise<void> = this.#answered.promise;

  get count(): number {
    return this.#responses.size;
  }

  track(listener: RequestListener): RequestListener {
    return (request, response) => {
      this.#responses.add(response);
      response.once("close", () => {
        this.#responses.delete(response);
        this.#afterEach();
      });
      if (this.#server === undefined) listener(request, response);
      else refuseWhileStopping(response);
    };
  }

  /** From here on every answer ends its connection, and new requests on old connections are refused. */
  drain(server: Server): void {
    this.#server = server;
    for (const response of this.#responses) response.shouldKeepAlive = false;
    this.#afterEach();
  }

  #afterEach(): void {
    if (this.#server === undefined) return;
    // An answer begun before the stop left its connection open.
    const server = this.#server;
    setImmediate(() => server.closeIdleConnections());
    if (this.#responses.size === 0) this.#answered.resolve();
  }
}

/** On a connection that was still busy when the stop began. */
function refuseWhileStopping(response: ServerResponse): void {
  response.writeHead(503, { "Content-Type": "application/json", Connection: "close" });
  response.end(`${JSON.stringify({ message: "the engine is shutting down" })}\n`);
}
