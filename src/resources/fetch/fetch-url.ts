import type { IncomingMessage } from "node:http";
import { EngineError, forbidden, internal } from "#errors";
import type { ErrorKind } from "#errors";
import { isForbiddenAddress } from "#network";
import type { ProxyConfig } from "#network";
import type { Digest } from "#oci";
import { fileNameOf, redactUrl } from "#sources";
import { readBody } from "./body.ts";
import { parseUrl, sendRequest } from "./request.ts";

/** A response whose status says success; its bytes are read at most once. */
export interface FetchedUrl {
  /** After redirects. */
  readonly url: string;
  /** Bytes, when the server says. */
  readonly size: number | undefined;
  /** As the server says. */
  readonly contentType: string | undefined;
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  /** One component: of the URL that was asked for, or from the server; `undefined` when neither names the file. */
  readonly fileName: string | undefined;
  /** Leaving it early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  /** The body ends with an error when it has another digest; what came before the end is not yet to be believed. */
  readonly checksum?: Digest | undefined;
}

/** @throws forbidden for addresses that are not to be reached; otherwise in Docker's words, by what the server answered. */
export type FetchUrl = (url: string, options?: FetchOptions) => Promise<FetchedUrl>;

export interface FetchUrlOptions {
  /** Which addresses may be reached; asked for every address that is connected to, also after redirects. */
  readonly allows?: (address: string) => boolean;
  /** What is behind a proxy, the proxy looks up; addresses in URLs are still asked for. */
  readonly proxy?: ProxyConfig | undefined;
  readonly userAgent?: string | undefined;
  /** Bytes. */
  readonly maxSize?: number;
  readonly maxTimeMs?: number;
  /** Without a byte for so long, the server is taken for gone. */
  readonly maxIdleMs?: number;
}

const MAX_REDIRECTS = 10;

/** Fetches from the engine's place in the network, with bounded size and time. */
export function createFetchUrl(options: FetchUrlOptions = {}): FetchUrl {
  const { maxSize = 64 * 2 ** 30, maxTimeMs = 4 * 3_600_000, maxIdleMs = 60_000 } = options;
  const { allows = (address) => !isForbiddenAddress(address), proxy = {}, userAgent = "slipway" } = options;
  return async (text, { signal, checksum } = {}) => {
    const deadline = AbortSignal.timeout(maxTimeMs);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const way = { allows, proxy, userAgent, maxIdleMs, signal, deadline, either };
    let url = parseUrl(text);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await sendRequest(url, way);
      const location = redirectOf(response);
      if (location === undefined) {
        await requireSuccess(response, url);
        return { ...describe(response, text, url), body: readBody(response, { url, maxSize, signal, deadline, checksum }) };
      }
      response.destroy();
      url = nextUrl(url, location, text);
    }
    throw internal(`Get "${redactUrl(text)}": stopped after ${MAX_REDIRECTS} redirects`);
  };
}

function nextUrl(url: URL, location: string, text: string): URL {
  const target = URL.parse(location, url.href);
  if (target === null) throw internal(`Get "${redactUrl(text)}": failed to parse Location header ${JSON.stringify(redactUrl(location))}`);
  const next = parseUrl(target.href);
  if (url.protocol === "https:" && next.protocol !== "https:")
    throw forbidden(`cannot fetch "${redactUrl(text)}": it leads from https to http`);
  return next;
}

const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

function redirectOf({ statusCode, headers }: IncomingMessage): string | undefined {
  return REDIRECTS.has(statusCode) ? headers.location : undefined;
}

function describe({ headers }: IncomingMessage, asked: string, url: URL): Omit<FetchedUrl, "body"> {
  const size = Number(headers["content-length"] ?? Number.NaN);
  const modified = Date.parse(headers["last-modified"] ?? "");
  return {
    url: url.href,
    size: Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    contentType: headers["content-type"],
    etag: headers.etag,
    lastModified: Number.isNaN(modified) ? undefined : new Date(modified),
    fileName: fileNameOf(asked, headers["content-disposition"]),
  };
}

/** Other statuses are the server's trouble, not the client's question. */
const KINDS: Readonly<Record<number, ErrorKind>> = { 400: "invalid-argument", 401: "unauthorized", 403: "forbidden", 404: "not-found" };
/** Of an error's page, for the message. */
const MAX_ERROR_BODY = 1024;

async function requireSuccess(response: IncomingMessage, url: URL): Promise<void> {
  const { statusCode: status = 0, statusMessage = "" } = response;
  if (status < 400) return;
  const page = await beginningOf(response);
  const answer = `status ${status} ${statusMessage}`;
  throw new EngineError(KINDS[status] ?? "internal", `failed to GET ${redactUrl(url.href)} with ${answer}: ${page}`, {
    details: { status },
  });
}

/** A page that breaks has said what it has said: the status is the answer. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).byteLength;
      if (size >= MAX_ERROR_BODY) break;
    }
  } catch {
    // Said above.
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BODY).toString("utf8");
}
