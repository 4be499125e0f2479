import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { cancelled } from "#errors";
import type { BlobPart, Reply } from "./reply.ts";

export interface SendOptions {
  /** Fires when the client is gone. */
  readonly signal: AbortSignal;
  readonly isHead: boolean;
}

/** Old clients know a registry by the first; the second keeps browsers from reading anything else into a blob. */
const HEADERS = { "Docker-Distribution-Api-Version": "registry/2.0", "X-Content-Type-Options": "nosniff" };

export async function sendReply(response: ServerResponse, { status, headers, body }: Reply, options: SendOptions): Promise<void> {
  await using _blob = body !== undefined && "blob" in body ? body.blob : undefined;
  response.writeHead(status, { ...HEADERS, ...mutable(headers), ...lengthOf(status, body, headers) });
  if (body === undefined || options.isHead) response.end();
  else if ("blob" in body) await sendBlob(response, body, options.signal);
  else response.end(body);
}

async function sendBlob(response: ServerResponse, { blob, start, end }: BlobPart, signal: AbortSignal): Promise<void> {
  for await (const chunk of blob.stream({ start, end, signal })) {
    if (response.write(chunk)) continue;
    try {
      await once(response, "drain", { signal });
    } catch (error) {
      throw cancelled(error);
    }
  }
  response.end();
}

/** A handler that answers `HEAD` without a body says itself how long it would be. */
function lengthOf(status: number, body: Reply["body"], headers: Reply["headers"]): Record<string, number> {
  if (status === 204 || status === 304 || headers["Content-Length"] !== undefined) return {};
  if (body === undefined) return { "Content-Length": 0 };
  return { "Content-Length": "blob" in body ? body.end - body.start : body.byteLength };
}

function mutable(headers: Reply["headers"]): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]));
}
