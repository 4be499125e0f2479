import type { ProgressJson } from "#wire";

/** What a handler decided to say; only `send-answer.ts` knows how it becomes bytes on a connection. */
export type Answer = WholeAnswer | ByteStream | MessageStream;

export type Headers = Readonly<Record<string, string>>;

export interface WholeAnswer {
  readonly kind: "whole";
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Status and headers leave with the first chunk. A failure before it is an HTTP error, one after it cuts the connection. */
export interface ByteStream {
  readonly kind: "bytes";
  readonly headers: Headers;
  readonly chunks: AsyncIterable<Uint8Array | string>;
  /** Status and headers leave at once: the first chunk may be long in coming. */
  readonly startsAtOnce: boolean;
}

/**
 * Docker's progress messages, one JSON object a line. Status 200 leaves with the first of them; a failure before it is
 * an HTTP error (unless `failsInStream`), one after it is the last message.
 */
export interface MessageStream {
  readonly kind: "messages";
  readonly messages: AsyncIterable<ProgressJson>;
  readonly failsInStream: boolean;
}

const JSON_TYPE = { "Content-Type": "application/json" };

export function json(value: unknown, status = 200): WholeAnswer {
  return jsonText(JSON.stringify(value), status);
}

/** For JSON that exists as text already. */
export function jsonText(text: string, status = 200): WholeAnswer {
  return { kind: "whole", status, headers: JSON_TYPE, body: `${text}\n` };
}

/** Without a body, and therefore without a type. */
export function empty(status: number, headers: Headers = {}): WholeAnswer {
  return { kind: "whole", status, headers, body: "" };
}

export function plainText(body: string, status: number, headers: Headers = {}): WholeAnswer {
  return { kind: "whole", status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers }, body };
}

export function byteStream(contentType: string, chunks: AsyncIterable<Uint8Array | string>, { startsAtOnce = false } = {}): ByteStream {
  return { kind: "bytes", headers: { "Content-Type": contentType }, chunks, startsAtOnce };
}

export function messageStream(messages: AsyncIterable<ProgressJson>, { failsInStream = false } = {}): MessageStream {
  return { kind: "messages", messages, failsInStream };
}
