import { lookup as resolve } from "node:dns";
import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import { get as getHttp } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { get as getHttps } from "node:https";
import { isIP } from "node:net";
import type { LookupFunction } from "node:net";
import { EngineError, forbidden, internal, invalidArgument, throwIfAborted } from "#errors";
import type { ErrorKind } from "#errors";
import { isPublicAddress } from "./public-address.ts";

/** A response whose status says success; its bytes are read at most once. */
export interface FetchedUrl {
  /** Bytes, when the server says. */
  readonly size: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** @throws forbidden for addresses that are not to be reached; otherwise in Docker's words, by what the server answered. */
export type FetchUrl = (url: string, options: { readonly signal: AbortSignal }) => Promise<FetchedUrl>;

export interface FetchUrlOptions {
  /** Which addresses may be reached; asked for every address that is connected to, also after redirects. */
  readonly allows?: (address: string) => boolean;
  /** Bytes. */
  readonly maxSize?: number;
  readonly maxTimeMs?: number;
  /** Without a byte for so long, the server is taken for gone. */
  readonly maxIdleMs?: number;
}

const MAX_REDIRECTS = 10;
/** Of an error's page, for the message. */
const MAX_ERROR_BODY = 1024;

/**
 * Fetches what a client names, from the daemon's place in the network: only public addresses unless `allows` says
 * otherwise, no credentials of ours, bounded size and time.
 */
export function createFetchUrl(options: FetchUrlOptions = {}): FetchUrl {
  const { allows = isPublicAddress, maxSize = 64 * 2 ** 30, maxTimeMs = 4 * 3_600_000, maxIdleMs = 60_000 } = options;
  return async (text, { signal }) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(maxTimeMs)]);
    let url = parseUrl(text);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await request(url, { allows, maxIdleMs, signal: limited });
      const location = redirectOf(response);
      if (location === undefined)
        return { size: sizeOf(response), body: bodyOf(await successful(response, url), { url, maxSize, signal }) };
      response.destroy();
      const next = parseUrl(new URL(location, url).href);
      if (url.protocol === "https:" && next.protocol !== "https:")
        throw forbidden(`cannot fetch "${redactUrl(text)}": it leads from https to http`);
      url = next;
    }
    throw internal(`Get "${redactUrl(text)}": stopped after ${MAX_REDIRECTS} redirects`);
  };
}

/** As it may be shown and kept: without the password. */
export function redactUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#@]*@/i, "$1:xxxxx@");
}

function parseUrl(text: string): URL {
  const shown = redactUrl(text);
  if (/^https?:\/*(?:[?#]|$)/i.test(text)) throw internal(`Get "${shown.replace(/\/+$/, "")}": http: no Host in request URL`);
  const url = URL.parse(text);
  if (url === null) throw invalidArgument(`parse "${shown}": invalid URL`);
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") throw internal(`Get "${shown}": unsupported protocol scheme "${scheme}"`);
  return url;
}

interface Reaching {
  readonly allows: (address: string) => boolean;
  readonly maxIdleMs: number;
  readonly signal: AbortSignal;
}

async function request(url: URL, { allows, maxIdleMs, signal }: Reaching): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(host) !== 0 && !allows(host)) throw notAllowed(url, host);
  const headers = { "User-Agent": "slipway", "Accept-Encoding": "identity" };
  const options: RequestOptions = { agent: false, headers, signal, timeout: maxIdleMs, lookup: guardedLookup(url, allows) };
  const sent = url.protocol === "https:" ? getHttps(url, options) : getHttp(url, options);
  sent.on("timeout", () => sent.destroy(new Error(`no answer for ${maxIdleMs / 1000} s`)));
  try {
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response;
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof EngineError) throw error;
    throw internal(`Get "${redactUrl(url.href)}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** What is checked is what is connected to: a name cannot change its address in between. */
function guardedLookup(url: URL, allows: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, []);
      const allowed = addresses.filter(({ address }) => allows(address));
      const [first] = allowed;
      if (first === undefined) return callback(notAllowed(url, addresses[0]?.address ?? hostname), []);
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function notAllowed(url: URL, address: string): EngineError {
  return forbidden(`cannot fetch "${redactUrl(url.href)}": ${address} is not an address to fetch from`);
}

const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

function redirectOf({ statusCode, headers }: IncomingMessage): string | undefined {
  return REDIRECTS.has(statusCode) ? headers.location : undefined;
}

function sizeOf({ headers }: IncomingMessage): number | undefined {
  const size = Number(headers["content-length"] ?? Number.NaN);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

/** Other statuses are the server's trouble, not the client's question. */
const KINDS: Readonly<Record<number, ErrorKind>> = { 400: "invalid-argument", 401: "unauthorized", 403: "forbidden", 404: "not-found" };

async function successful(response: IncomingMessage, url: URL): Promise<IncomingMessage> {
  const { statusCode: status = 0, statusMessage = "" } = response;
  if (status < 400) return response;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).byteLength;
    if (size >= MAX_ERROR_BODY) break;
  }
  const page = Buffer.concat(chunks).subarray(0, MAX_ERROR_BODY).toString("utf8");
  throw new EngineError(
    KINDS[status] ?? "internal",
    `failed to GET ${redactUrl(url.href)} with status ${status} ${statusMessage}: ${page}`,
  );
}

interface Body {
  readonly url: URL;
  readonly maxSize: number;
  readonly signal: AbortSignal;
}

async function* bodyOf(response: IncomingMessage, { url, maxSize, signal }: Body): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of response) {
      size += (chunk as Buffer).byteLength;
      if (size > maxSize) throw invalidArgument(`cannot fetch "${redactUrl(url.href)}": it is larger than ${maxSize} bytes`);
      yield chunk as Buffer;
    }
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof EngineError) throw error;
    throw internal(`Get "${redactUrl(url.href)}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
