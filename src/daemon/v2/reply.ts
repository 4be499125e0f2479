import type { StoredBlob } from "#images";

export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What a handler decided to say. */
export interface Reply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: Uint8Array | BlobPart | undefined;
}

/** Whoever sends it closes the blob. */
export interface BlobPart {
  readonly blob: StoredBlob;
  readonly start: number;
  readonly end: number;
}

export function emptyReply(status: number, headers: ReplyHeaders = {}): Reply {
  return { status, headers, body: undefined };
}

export function jsonReply(value: unknown, headers: ReplyHeaders = {}, status = 200): Reply {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body: Buffer.from(JSON.stringify(value)) };
}
