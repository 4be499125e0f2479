import { EngineError } from "#errors";
import { basicToken } from "../credentials.ts";
import type { RegistryCredentials } from "../credentials.ts";
import { failure } from "../failure.ts";
import type { Asking } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import { headerLines } from "../transport/headers.ts";
import type { ResponseHeaders } from "../transport/headers.ts";
import { parseChallenges } from "./challenge.ts";
import type { Challenge } from "./challenge.ts";
import type { TokenService } from "./token-service.ts";

export interface Access {
  readonly endpoint: Endpoint;
  readonly scopes: readonly string[];
  readonly credentials: RegistryCredentials | undefined;
  readonly asking: Asking;
}

/** Makes `Authorization` headers, in the way that each registry has last asked for. */
export class Authorizer {
  readonly tokens: TokenService;
  /** By origin. Public: every caller is told the same. */
  readonly #challenges = new Map<string, Challenge>();

  constructor(tokens: TokenService) {
    this.tokens = tokens;
  }

  /** `undefined` where nothing is known to be asked for. `refused`: the header that the registry has just not taken. */
  async header({ endpoint, scopes, credentials, asking }: Access, refused?: string): Promise<string | undefined> {
    if (credentials?.registryToken !== undefined) return bearer(credentials.registryToken, asking);
    const configured = endpoint.headers["authorization"];
    const challenge = this.#challenges.get(endpoint.origin);
    if (challenge === undefined) return configured;
    if (challenge.scheme === "bearer") {
      const stale = refused?.replace(/^Bearer /, "");
      return bearer(await this.#token({ endpoint, scopes, credentials, asking }, challenge, stale), asking);
    }
    const { username = "", password = "" } = credentials ?? {};
    if (username !== "" && password !== "") return `Basic ${basicToken(username, password)}`;
    if (configured !== undefined) return configured;
    throw failure("internal", inContext("no basic auth credentials", asking), asking, { status: 401 });
  }

  /** After a 401: another header to try, or `undefined` when the refusal stands. The same word twice would be a loop. */
  async renewed(access: Access, headers: ResponseHeaders, refused: string | undefined): Promise<string | undefined> {
    const challenge = chooseChallenge(headers);
    if (challenge === undefined || access.credentials?.registryToken !== undefined) return undefined;
    this.#challenges.set(access.endpoint.origin, challenge);
    const header = await this.header(access, refused);
    return header === refused ? undefined : header;
  }

  async #token({ endpoint, scopes, credentials, asking }: Access, challenge: Challenge, stale: string | undefined): Promise<string> {
    try {
      return (await this.tokens.token({ endpoint, challenge, scopes, credentials }, asking, stale)).value;
    } catch (error) {
      throw refusalInContext(error, asking);
    }
  }
}

/** A token rather than a password, where a registry takes both. */
export function chooseChallenge(headers: ResponseHeaders): Challenge | undefined {
  const challenges = parseChallenges(headerLines(headers, "www-authenticate"));
  return challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
}

/** What a token server refuses, Docker shows with the request that needed the token. */
export function refusalInContext(error: unknown, asking: Asking): unknown {
  if (!(error instanceof EngineError) || error.kind !== "unauthorized") return error;
  const details = { ...error.details, reason: error.message };
  return new EngineError(error.kind, inContext(error.message, asking), { cause: error, details });
}

/** As Go's `url.Error` writes it: `Head "https://…": reason`. */
export function inContext(reason: string, { method, url }: Asking): string {
  return `${method.slice(0, 1)}${method.slice(1).toLowerCase()} "${url}": ${reason}`;
}

function bearer(token: string, asking: Asking): string {
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw failure("internal", "cannot use the registry token: it has characters that no token has", asking);
}
