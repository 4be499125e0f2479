import type { Socket } from "node:net";

/**
 * For a server's `clientError`: what was no HTTP, or too much of it. Go's server answers plain text; ours the engine's
 * JSON, so that a client that looks for a `message` finds one. Nothing of the request is repeated.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, message] = REFUSALS[error.code ?? ""] ?? ["400 Bad Request", "malformed HTTP request"];
  const body = `${JSON.stringify({ message })}\n`;
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
}

const REFUSALS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "request line and headers are too large"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "the request's headers did not come in time"],
};
