import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Lets a client that is still sending when its answer is complete finish, so that it reads the answer and may use the
 * connection again; but not for ever.
 */
export function dropRest(request: IncomingMessage, response: ServerResponse, limit: number): void {
  response.once("finish", () => {
    if (request.complete) return;
    let dropped = 0;
    request.on("data", (chunk: Uint8Array) => {
      dropped += chunk.byteLength;
      if (dropped > limit) request.destroy();
    });
    request.resume();
  });
}
