import { once } from "node:events";
import { Agent as HttpAgent, get as getHttp } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { Agent as HttpsAgent, get as getHttps } from "node:https";
import { createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import { forbidden, internal, invalidArgument } from "#errors";
import type { EngineError } from "#errors";
import { guardedLookup, namesAddress, proxyFor, trustedAuthorities } from "#network";
import type { ProxyConfig } from "#network";
import { redactUrl } from "#sources";
import { networkError } from "./network-error.ts";
import type { Limits } from "./network-error.ts";

export interface Way extends Limits {
  readonly allows: (address: string) => boolean;
  readonly proxy: ProxyConfig;
  readonly userAgent: string;
  readonly maxIdleMs: number;
  /** Signal and deadline in one. */
  readonly either: AbortSignal;
}

export function parseUrl(text: string): URL {
  const shown = redactUrl(text);
  if (/^https?:\/*(?:[?#]|$)/i.test(text)) throw internal(`Get "${shown.replace(/\/+$/, "")}": http: no Host in request URL`);
  const url = URL.parse(text);
  if (url === null) throw invalidArgument(`parse "${shown}": invalid URL`);
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") throw internal(`Get "${shown}": unsupported protocol scheme "${scheme}"`);
  return url;
}

/** One request, no redirects followed. The response's status may be any. */
export async function sendRequest(url: URL, way: Way): Promise<IncomingMessage> {
  const { allows, userAgent, maxIdleMs, either } = way;
  const address = namesAddress(url.hostname);
  if (address !== undefined && !allows(address)) throw refusal(url, address);
  const options: RequestOptions = {
    ...route(url, way),
    headers: { "User-Agent": userAgent, "Accept-Encoding": "identity" },
    signal: either,
    timeout: maxIdleMs,
  };
  const sent = url.protocol === "https:" ? getHttps(url, options) : getHttp(url, options);
  sent.on("timeout", () => sent.destroy(new Error(`no answer for ${maxIdleMs / 1000} s`)));
  try {
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response;
  } catch (error) {
    throw networkError(error, url, way);
  }
}

/** Directly, where every address is checked, or to the proxy, which may live anywhere. */
function route(url: URL, { allows, proxy: config }: Way): RequestOptions {
  const proxy = proxyFor(url, config);
  const isSecure = url.protocol === "https:";
  if (proxy === undefined) {
    const lookup = guardedLookup({ allows, refusal: (address) => refusal(url, address) });
    return { agent: isSecure ? new HttpsAgent({ secureContext: trust() }) : new HttpAgent(), lookup };
  }
  const proxyEnv = { [isSecure ? "HTTPS_PROXY" : "HTTP_PROXY"]: proxy };
  return { agent: isSecure ? new HttpsAgent({ secureContext: trust(), proxyEnv }) : new HttpAgent({ proxyEnv }) };
}

function refusal(url: URL, address: string): EngineError {
  return forbidden(`cannot fetch "${redactUrl(url.href)}": ${address} is not an address to fetch from`);
}

let context: SecureContext | undefined;

/** 40 ms of parsing, which nobody pays who fetches nothing. */
function trust(): SecureContext {
  return (context ??= createSecureContext({ ca: [...trustedAuthorities()], minVersion: "TLSv1.2" }));
}
