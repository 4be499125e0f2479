import { createHmac, randomBytes } from "node:crypto";
import { isJsonObject } from "#oci";
import { basicToken, describeCredentials, secretsOf } from "../credentials.ts";
import type { RegistryCredentials } from "../credentials.ts";
import { failure, responseFailure } from "../failure.ts";
import type { Asking } from "../failure.ts";
import type { Endpoint } from "../hosts/endpoint.ts";
import type { Hosts } from "../hosts/hosts.ts";
import { readBeginning, readWhole } from "../transport/body.ts";
import type { Exchange, HttpRequest, HttpResponse } from "../transport/exchange.ts";
import type { Challenge } from "./challenge.ts";

export interface Token {
  readonly value: string;
  /** Milliseconds since 1970 after which it is not used any more. */
  readonly until: number;
  /** From which further tokens are had, if one was asked for. */
  readonly refreshToken: string;
}

export interface TokenRequest {
  readonly endpoint: Endpoint;
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credentials: RegistryCredentials | undefined;
  /** Also a refresh token, as a login wants. */
  readonly isOffline?: boolean;
}

const MAX_RESPONSE = 1024 * 1024;
/** What the specification says a token without `expires_in` lives, and the least that is believed. */
const LEAST_LIFE_MS = 60_000;
const MARGIN_MS = 10_000;
const MAX_TOKENS = 1000;

/** Tokens of token servers (distribution-spec, token authentication), kept in memory for the account that they were had with. */
export class TokenService {
  readonly #exchange: Exchange;
  readonly #hosts: Hosts;
  readonly #now: () => number;
  readonly #tokens = new Map<string, Promise<Token>>();
  readonly #key = randomBytes(32);

  constructor(exchange: Exchange, hosts: Hosts, now: () => number) {
    this.#exchange = exchange;
    this.#hosts = hosts;
    this.#now = now;
  }

  /** One request however many ask at once. `stale`: a token that the registry has refused. */
  async token(request: TokenRequest, asking: Asking, stale?: string): Promise<Token> {
    const key = this.#keyOf(request);
    const pending = this.#tokens.get(key);
    const known = await pending?.catch(() => undefined);
    if (known !== undefined && known.value !== stale && known.until > this.#now()) return known;
    // Whoever comes first renews it; the others wait for that.
    const renewed = this.#tokens.get(key);
    if (renewed !== undefined && renewed !== pending) return renewed;
    const fetched = this.fetch(request, asking);
    this.#tokens.set(key, fetched);
    fetched.catch(() => this.#forget(key, fetched));
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= MAX_TOKENS) break;
      this.#tokens.delete(oldest);
    }
    return fetched;
  }

  /** Asks the token server, and keeps nothing. */
  async fetch(request: TokenRequest, asking: Asking): Promise<Token> {
    const realm = await this.#realm(request, asking);
    const { credentials } = request;
    const here: Asking = {
      ...asking,
      operation: "get a token",
      host: realm.host,
      registry: asking.host,
      credentials: describeCredentials(credentials),
      secrets: [...asking.secrets, ...(credentials === undefined ? [] : secretsOf(credentials))],
    };
    const { identityToken = "" } = credentials ?? {};
    const http = identityToken === "" ? passwordRequest(request, realm) : refreshRequest(request, realm, identityToken);
    // The request is shared by all who wait for the token, so that no single caller's signal may end it.
    const tls = realm.origin === request.endpoint.origin ? request.endpoint.tls : await this.#hosts.tlsOf(realm, request.endpoint.tls);
    const response = await this.#exchange.send({ ...http, tls, signal: AbortSignal.timeout(30_000) }, here);
    if (response.status !== 200) throw responseFailure({ ...response, text: await readBeginning(response.body, 16_384) }, here);
    return this.#read(response, here);
  }

  async #realm({ challenge, endpoint }: TokenRequest, asking: Asking): Promise<URL> {
    const text = challenge.parameters.get("realm");
    if (text === undefined || text === "") throw failure("internal", "no realm specified for token auth challenge", asking);
    const realm = URL.canParse(text) ? new URL(text) : undefined;
    if (realm === undefined || !/^https?:$/.test(realm.protocol) || realm.username !== "" || realm.password !== "") {
      throw failure("internal", `invalid token auth challenge realm: ${text}`, asking);
    }
    // The registry names who gets the password: never in the clear, unless that host may be spoken to so.
    if (realm.protocol === "http:" && !(await this.#hosts.isInsecure(realm.host))) {
      const message = `cannot get a token for ${endpoint.host}: its token server ${realm.host} is reached by http, expected https`;
      throw failure("internal", message, asking);
    }
    return realm;
  }

  async #read(response: HttpResponse, asking: Asking): Promise<Token> {
    const bytes = await readWhole(response.body, MAX_RESPONSE);
    const json = bytes === undefined ? undefined : parse(bytes);
    if (!isJsonObject(json)) throw failure("internal", `unable to decode token response of ${asking.host}: expected a JSON object`, asking);
    const value = [json["access_token"], json["token"]].find((token) => typeof token === "string" && token !== "");
    if (typeof value !== "string") throw failure("internal", "authorization server did not include a token in the response", asking);
    if (!/^[\x21-\x7e]+$/.test(value))
      throw failure("internal", `token server ${asking.host} answered with a token of impossible form`, asking);
    const { expires_in: seconds, issued_at: issued, refresh_token: refresh } = json;
    const life = typeof seconds === "number" && seconds * 1000 > LEAST_LIFE_MS ? seconds * 1000 : LEAST_LIFE_MS;
    const now = this.#now();
    const issuedAt = typeof issued === "string" ? Date.parse(issued) : Number.NaN;
    // A server whose clock is ahead would give tokens that live too long, one far behind tokens that are dead.
    const from = issuedAt <= now && issuedAt > now - life / 2 ? issuedAt : now;
    return { value, until: from + life - MARGIN_MS, refreshToken: typeof refresh === "string" ? refresh : "" };
  }

  #forget(key: string, failed: Promise<Token>): void {
    if (this.#tokens.get(key) === failed) this.#tokens.delete(key);
  }

  /** Accounts are told apart by a keyed hash, so that the cache holds no secret but tokens. */
  #keyOf({ endpoint, challenge, scopes, credentials }: TokenRequest): string {
    const account = createHmac("sha256", this.#key)
      .update(JSON.stringify(credentials ?? null))
      .digest("base64");
    const { parameters } = challenge;
    return JSON.stringify([endpoint.origin, parameters.get("realm"), parameters.get("service"), scopes.toSorted(), account]);
  }
}

type TokenHttpRequest = Omit<HttpRequest, "tls" | "signal">;

/** GET with Basic, which every token server understands; anonymous without credentials. */
function passwordRequest({ challenge, scopes, credentials, isOffline }: TokenRequest, realm: URL): TokenHttpRequest {
  const url = new URL(realm);
  const { username = "", password = "" } = credentials ?? {};
  const isAnonymous = username === "" || password === "";
  const service = challenge.parameters.get("service");
  const parameters: (readonly [string, string])[] = [
    ...(isAnonymous ? [] : [["account", username] as const]),
    ...(isOffline === true ? [["client_id", "docker"] as const, ["offline_token", "true"] as const] : []),
    ...scopes.map((scope) => ["scope", scope] as const),
    ...(service === undefined ? [] : [["service", service] as const]),
  ];
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  const headers = { accept: "application/json" };
  if (isAnonymous) return { method: "GET", url, headers };
  return { method: "GET", url, headers, ownHeaders: { authorization: `Basic ${basicToken(username, password)}` } };
}

/** OAuth2, for identity tokens. */
function refreshRequest({ challenge, scopes, isOffline }: TokenRequest, realm: URL, identityToken: string): TokenHttpRequest {
  const form = new URLSearchParams({ client_id: "docker", grant_type: "refresh_token", refresh_token: identityToken });
  if (isOffline === true) form.set("access_type", "offline");
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  const service = challenge.parameters.get("service");
  if (service !== undefined) form.set("service", service);
  return {
    method: "POST",
    url: realm,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: () => form.toString(),
    isPrivate: true,
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
