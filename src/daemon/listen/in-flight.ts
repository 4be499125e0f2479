import type { Server, ServerResponse } from "node:http";
import type { RequestListener } from "./request-guard.ts";

/** Counts the requests of one server, so that a stop can wait for the last of them. */
export class InFlight {
  readonly #responses = new Set<ServerResponse>();
  readonly #idle = Promise.withResolvers<void>();
  #server: Server | undefined;

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

  /** Resolves when the requests running now are answered. Every answer from here on ends its connection. */
  drain(server: Server): Promise<void> {
    this.#server = server;
    for (const response of this.#responses) response.shouldKeepAlive = false;
    this.#afterEach();
    return this.#idle.promise;
  }

  #afterEach(): void {
    if (this.#server === undefined) return;
    // An answer begun before the stop left its connection open.
    const server = this.#server;
    setImmediate(() => server.closeIdleConnections());
    if (this.#responses.size === 0) this.#idle.resolve();
  }
}

/** On a connection that was still busy when the stop began. */
function refuseWhileStopping(response: ServerResponse): void {
  response.writeHead(503, { "Content-Type": "application/json", Connection: "close" });
  response.end(`${JSON.stringify({ message: "the engine is shutting down" })}\n`);
}
