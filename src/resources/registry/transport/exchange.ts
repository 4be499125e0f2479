import { Readable } from "node:stream";
import { cancelled } from "#errors";
import { networkFailure } from "#network";
import { failure } from "../failure.ts";
import type { Asking } from "../failure.ts";
import type { Hosts } from "../hosts/hosts.ts";
import { bareName } from "../hosts/insecure-hosts.ts";
import { flowing, StalledError } from "./body.ts";
import type { Dispatchers, TlsMaterial } from "./dispatchers.ts";
import { header } from "./headers.ts";
import type { ResponseHeaders } from "./headers.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Go to this origin alone: credentials, and what is configured for it. */
  readonly ownHeaders?: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** Made anew for each hop. */
  readonly body?: (() => AsyncIterable<Uint8Array> | Uint8Array | string) | undefined;
  /** The body is secret: it is not repeated to another origin. */
  readonly isPrivate?: boolean;
  readonly responseTimeout?: number;
  readonly signal: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Where it came from, behind all redirects. */
  readonly url: URL;
  /** May be read once; breaks off with an EngineError. Whoever does not read it to its end calls `discard`. */
  readonly body: AsyncIterable<Uint8Array>;
  discard(): void;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Enough to keep the connection rather than to make another. */
const CHEAP_BODY = 16 * 1024;

/** One request and its response, behind redirects. */
export class Exchange {
  readonly #dispatchers: Dispatchers;
  readonly #hosts: Hosts;
  readonly #idleMs: number;
  readonly #userAgent: string;

  constructor(dispatchers: Dispatchers, hosts: Hosts, options: { readonly idleMs: number; readonly userAgent: string }) {
    this.#dispatchers = dispatchers;
    this.#hosts = hosts;
    this.#idleMs = options.idleMs;
    this.#userAgent = options.userAgent;
  }

  /** @throws an EngineError without a `status` when no response came; a response of any status is returned. */
  async send(request: HttpRequest, asking: Asking): Promise<HttpResponse> {
    let current = request;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await this.#sendOnce(current, asking);
      if (!REDIRECTS.has(response.status)) return response;
      response.discard();
      current = await this.#redirected(current, request, response, asking);
    }
    throw failure("internal", `cannot ${asking.operation}: stopped after ${MAX_REDIRECTS} redirects`, asking);
  }

  async #sendOnce(
    { method, url, headers, ownHeaders, tls, body, responseTimeout, signal }: HttpRequest,
    asking: Asking,
  ): Promise<HttpResponse> {
    try {
      const dispatcher = await this.#dispatchers.for(url, tls);
      signal?.throwIfAborted();
      const answer = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { "user-agent": this.#userAgent, ...headers, ...ownHeaders },
        body: toBody(body?.()),
        ...(responseTimeout !== undefined && { headersTimeout: responseTimeout }),
        ...(signal !== undefined && { signal }),
      });
      return toResponse(answer, { url, idleMs: this.#idleMs, asking, signal });
    } catch (error) {
      throw translated(error, asking, signal);
    }
  }

  async #redirected(current: HttpRequest, first: HttpRequest, response: HttpResponse, asking: Asking): Promise<HttpRequest> {
    const refuse = (reason: string): Error => failure("internal", `cannot ${asking.operation}: refusing a redirect ${reason}`, asking);
    const { method } = current;
    const isSafe = method === "GET" || method === "HEAD";
    if (!isSafe && response.status !== 307 && response.status !== 308) throw refuse(`of a ${method} with status ${response.status}`);
    const location = header(response.headers, "location");
    if (location === undefined || !URL.canParse(location, current.url.href)) throw refuse("without a usable Location");
    const url = new URL(location, current.url);
    if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse(`to ${url.protocol}`);
    if (url.username !== "" || url.password !== "") throw refuse("to a URL with credentials");
    const isDowngrade = first.url.protocol === "https:" && url.protocol === "http:";
    if (isDowngrade && !(await this.#hosts.isInsecure(url.host))) throw refuse(`from https to http, at ${url.host}`);
    if (isLocal(url) && !isLocal(first.url)) throw refuse(`to ${url.host}, an address of this machine or its link`);
    if (url.origin === current.url.origin) return { ...current, url };
    if (current.isPrivate === true) throw refuse(`to another host, ${url.host}, of a request with credentials`);
    const { ownHeaders: _, ...rest } = current;
    return { ...rest, url, tls: await this.#hosts.tlsOf(url, first.tls) };
  }
}

interface Answer {
  readonly statusCode: number;
  readonly headers: ResponseHeaders;
  readonly body: Readable;
}

interface AnswerContext {
  readonly url: URL;
  readonly idleMs: number;
  readonly asking: Asking;
  readonly signal: AbortSignal | undefined;
}

function toResponse({ statusCode, headers, body }: Answer, { url, idleMs, asking, signal }: AnswerContext): HttpResponse {
  // Nobody may be reading yet when the connection breaks; whoever reads is told.
  body.on("error", () => undefined);
  const length = header(headers, "content-length");
  return {
    status: statusCode,
    headers,
    url,
    body: translatedBody(flowing(body, idleMs), asking, signal),
    discard: () => {
      if (length !== undefined && Number(length) <= CHEAP_BODY) body.resume();
      else body.destroy();
    },
  };
}

async function* translatedBody(
  body: AsyncIterable<Uint8Array>,
  asking: Asking,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (error) {
    throw translated(error, asking, signal);
  }
}

function translated(error: unknown, asking: Asking, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return cancelled(signal.reason);
  if (error instanceof StalledError) {
    return failure("internal", `cannot ${asking.operation}: ${asking.host} sent ${error.message}`, asking, {
      isTransient: true,
      isNetwork: true,
    });
  }
  const network = networkFailure(error);
  if (network === undefined) return error;
  const { words, isTransient, isUnreached, isTls = false, isTimeout = false, proxyStatus } = network;
  // Docker's daemon pings first, so this is where its users know such words from.
  return failure("internal", `Get "${asking.contactUrl}": ${words}`, asking, {
    isTransient,
    isUnreached,
    isTls,
    isTimeout,
    isNetwork: true,
    ...(proxyStatus !== undefined && { proxyStatus }),
    cause: error,
  });
}

function toBody(body: AsyncIterable<Uint8Array> | Uint8Array | string | undefined): Readable | Uint8Array | string | null {
  if (body === undefined) return null;
  return typeof body === "string" || body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false });
}

/** Literal addresses alone: what a name resolves to is not ours to know when a proxy stands between. */
function isLocal(url: URL): boolean {
  const name = bareName(url.hostname);
  return (
    name === "localhost" || name === "::1" || name === "0.0.0.0" || name === "::" || /^127\.|^169\.254\.|^fe[89ab][0-9a-f]:/.test(name)
  );
}
