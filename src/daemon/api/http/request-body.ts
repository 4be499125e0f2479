import type { IncomingMessage } from "node:http";
import { EngineError, invalidArgument, notImplemented } from "#errors";

/** The whole body, for the few endpoints that take a small document. */
export async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw invalidArgument("http: request body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body as bytes; a connection that breaks off in the middle of it is an error, not the end. */
export async function* bodyChunks(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // Whoever has read enough still wants to answer, so leaving early must not destroy the connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    throw new EngineError("cancelled", "unexpected EOF", { cause: error });
  }
}

const FORM_METHODS: ReadonlySet<string | undefined> = new Set(["POST", "PUT", "PATCH"]);

export function hasForm(request: IncomingMessage): boolean {
  return FORM_METHODS.has(request.method) && mediaType(request.headers["content-type"]) === "application/x-www-form-urlencoded";
}

function mediaType(header: string | undefined): string {
  return (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Node has undone the chunks; anything else in the way would reach the handlers as garbage. */
export function refuseTransferCodings(request: IncomingMessage): void {
  const coding = request.headers["transfer-encoding"]?.trim().toLowerCase();
  if (coding !== undefined && coding !== "chunked") throw notImplemented(`unsupported transfer encoding ${JSON.stringify(coding)}`);
}
