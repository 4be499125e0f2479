import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basicPassword, bearerToken, challengeRegistryClient, isRegistryPath } from "./registry-challenge.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Keeps web pages away from a TCP listener with client certificates: a browser that holds one would send it along for
 * any page. Browsers say where a request comes from; other clients send neither header.
 */
export function refuseForeignPages(listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = foreignPage(request);
    if (refusal === undefined) listener(request, response);
    else refuse(response, 403, refusal);
  };
}

export interface TokenGuard {
  readonly token: string;
  /** The address listened at; other names for this machine than the loopback ones are refused. */
  readonly address: string;
}

/**
 * Guards plain TCP on loopback. The `Host` list stops names that were pointed at this machine after a page was loaded
 * from them (DNS rebinding), `Origin` stops pages, the token stops other users' programs. Clients of registries, who know
 * user and password and no other way, send it as the password.
 */
export function requireToken(listener: RequestListener, { token, address }: TokenGuard): RequestListener {
  const expected = sha256(token);
  const names = new Set(["localhost", "127.0.0.1", "[::1]", address.includes(":") ? `[${address}]` : address]);
  return (request, response) => {
    const { host = "", origin, authorization = "" } = request.headers;
    const name = host.toLowerCase().replace(/:\d{1,5}$/, "");
    const isRegistry = isRegistryPath(request);
    const given = bearerToken(authorization) ?? (isRegistry ? basicPassword(authorization) : undefined) ?? "";
    if (!names.has(name)) refuse(response, 403, `requests for host ${JSON.stringify(host)} are refused, expected ${[...names].join(", ")}`);
    else if (origin !== undefined) refuse(response, 403, "requests from web pages are refused");
    else if (foreignPage(request) !== undefined) refuse(response, 403, "requests from web pages are refused");
    else if (!timingSafeEqual(sha256(given), expected)) {
      if (isRegistry) return challengeRegistryClient(response);
      response.setHeader("WWW-Authenticate", 'Bearer realm="slipway"');
      refuse(response, 401, `a token is required: send "Authorization: Bearer" with the contents of the file api-token in the data root`);
    } else listener(request, response);
  };
}

/** `none` is a person typing the address. `same-origin` needs a page from this very server. */
const OWN_SITES: ReadonlySet<string | undefined> = new Set(["none", "same-origin"]);

function foreignPage(request: IncomingMessage): string | undefined {
  const site = request.headers["sec-fetch-site"];
  if (site === undefined ? request.headers.origin === undefined : typeof site === "string" && OWN_SITES.has(site)) return undefined;
  return "requests from web pages of other sites are refused";
}

/** The connection ends with it: a body that nobody reads must not become the next request. */
function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json", Connection: "close" });
  response.end(`${JSON.stringify({ message })}\n`);
}

/** Equal lengths for the comparison in constant time. */
function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
