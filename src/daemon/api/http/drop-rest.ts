import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Lets a client that is still sending when its answer is complete finish, so that it reads the answer and may use the
 * connection again; but not for ever.
 */
export function dropRest(request: IncomingMessage, response: ServerResponse, limit: number): void {
  if (!hasBody(request)) return;
  // Node would cut a connection that is to be closed right behind the answer, into the face of who still writes.
  const closes = !response.shouldKeepAlive && request.httpVersion === "1.1";
  if (closes) response.shouldKeepAlive = true;
  response.once("prefinish", () => {
    let dropped = 0;
    request.on("data", (chunk: Uint8Array) => {
      dropped += chunk.byteLength;
      if (dropped > limit) request.destroy();
    });
    // Begun before the answer is finished: afterwards Node drops the rest by itself, without end and without telling.
    request.read(0);
    request.resume();
  });
  response.once("finish", () => {
    if (!closes) return;
    const { socket } = request;
    if (request.complete) socket.end();
    else request.once("end", () => socket.end());
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
