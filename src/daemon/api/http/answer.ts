import type { IncomingHttpHeaders } from "node:http";
import type { ProgressJson } from "#wire";
import type { RawConnection } from "./raw-connection.ts";

/** What a handler decided to say; only `send-answer.ts` knows how it becomes bytes on a connection. */
export type Answer = WholeAnswer | ByteStream | MessageStream | Hijacked;

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

/** The connection stops being HTTP behind the first lines; it is closed when `talk` has ended, and cut when that fails. */
export interface Hijacked {
  readonly kind: "hijacked";
  readonly status: number;
  /** `undefined` when the client asked for no upgrade: then status and type are all there is. */
  readonly upgrade: "tcp" | undefined;
  readonly contentType: string;
  /** Docker's attach does without them. */
  readonly hasEngineHeaders: boolean;
  readonly talk: (connection: RawConnection) => Promise<void>;
}

export const RAW_STREAM = "application/vnd.docker.raw-stream";

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

export interface HijackOptions {
  readonly headers: IncomingHttpHeaders;
  /** Of an upgraded connection; others are called raw whatever they carry. */
  readonly contentType: string;
  readonly hasEngineHeaders: boolean;
}

/** As Docker takes connections over: with `101 UPGRADED` for whoever sent `Upgrade`, whatever it says, else with 200. */
export function hijacked({ headers, contentType, hasEngineHeaders }: HijackOptions, talk: Hijacked["talk"]): Hijacked {
  if (headers.upgrade === undefined)
    return { kind: "hijacked", status: 200, upgrade: undefined, contentType: RAW_STREAM, hasEngineHeaders, talk };
  return { kind: "hijacked", status: 101, upgrade: "tcp", contentType, hasEngineHeaders, talk };
}

/** Docker's attach tells failures as text, on the connection it has taken already. */
export function rawRefusal(message: string, status: number): Hijacked {
  const talk = (connection: RawConnection): Promise<void> => connection.write(Buffer.from(`${message}\r\n`));
  return { kind: "hijacked", status, upgrade: undefined, contentType: RAW_STREAM, hasEngineHeaders: false, talk };
}
