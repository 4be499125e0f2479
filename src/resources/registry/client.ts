import { cancelled, EngineError } from "#errors";
import type { Digest } from "#oci";
import { credentialsFor, describeCredentials, secretsOf } from "./credentials.ts";
import type { Challenge } from "./auth/challenge.ts";
import { parseChallenges } from "./auth/challenge.ts";
import type { TokenService } from "./auth/token-service.ts";
import { basicToken } from "./credentials.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { detailsOf, failure, responseFailure } from "./failure.ts";
import type { Asking } from "./failure.ts";
import type { Endpoint } from "./hosts/endpoint.ts";
import type { Hosts } from "./hosts/hosts.ts";
import type { Capability } from "./hosts/hosts-file.ts";
import type { RegistryClock, RegistryTimeouts, RetryConfig } from "./registry-config.ts";
import { withRetries } from "./retry.ts";
import type { RetryPlan } from "./retry.ts";
import { readBeginning } from "./transport/body.ts";
import type { Exchange, HttpRequest, HttpResponse } from "./transport/exchange.ts";
import { headerLines } from "./transport/headers.ts";
import type { RepositoryOptions } from "./types.ts";

/** What all clients of one `Registries` share. */
export interface ClientDeps {
  readonly exchange: Exchange;
  readonly hosts: Hosts;
  readonly tokens: TokenService;
  /** By origin, as last seen. Public: every caller is told the same. */
  readonly challenges: Map<string, Challenge>;
  readonly clock: RegistryClock;
  readonly timeouts: RegistryTimeouts;
  readonly retry: RetryConfig;
  /** Takes over what nobody waits for, until everything is closed. */
  readonly background: (work: Promise<unknown>) => void;
}

export interface Call {
  /** `fetch the manifest`: an infinitive for error messages. */
  readonly operation: string;
  readonly method: HttpRequest["method"];
  /** Behind the root of the API: `/library/alpine/tags/list`. */
  readonly path?: string;
  readonly query?: readonly (readonly [name: string, value: string])[];
  /** Instead of `path`, where a registry said so. */
  readonly url?: URL;
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest["body"];
  readonly responseTimeout?: number;
  readonly signal: AbortSignal | undefined;
}

export interface Reply {
  readonly response: HttpResponse;
  readonly asking: Asking;
}

/** One operation, over the endpoints of a registry and several attempts. */
export interface Plan {
  readonly operation: string;
  readonly capability: Capability;
  /** `transfer`: a blob, for which people wait and see why. */
  readonly patience: "request" | "transfer";
  readonly signal: AbortSignal | undefined;
  readonly originOnly?: boolean;
  readonly digest?: Digest;
}

const MAX_ERROR_BODY = 64 * 1024;

/** One caller at one registry: puts endpoints, credentials and attempts around single requests. */
export class RegistryClient {
  readonly deps: ClientDeps;
  readonly domain: string;
  readonly #path: string;
  readonly #options: RepositoryOptions;
  /** Mirrors that could not be reached, for the life of this client. */
  readonly #dead = new Set<string>();

  constructor(deps: ClientDeps, domain: string, path: string, options: RepositoryOptions) {
    this.deps = deps;
    this.domain = domain;
    this.#path = path;
    this.#options = options;
  }

  /** Runs `task` at the endpoints in turn, and again where that may help. */
  async run<T>(plan: Plan, task: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    return withRetries(() => this.once(plan, task), this.retryPlan(plan));
  }

  /** A mirror that broke off is left alone from here on. */
  giveUp({ root, isMirror }: Endpoint): void {
    if (isMirror) this.#dead.add(root);
  }

  retryPlan({ operation, patience, signal, digest }: Plan): RetryPlan {
    const { clock, retry } = this.deps;
    const isPatient = patience === "transfer";
    const attempts = isPatient ? retry.transferAttempts : retry.requestAttempts;
    const delay = (attempt: number): number => (isPatient ? retry.transferDelay * (attempt - 1) : retry.requestDelay * 2 ** (attempt - 2));
    const onRetry: RetryPlan["onRetry"] = (facts) => {
      const host = detailsOf(facts.reason).host ?? this.domain;
      this.#options.onRetry?.({ operation, host, attempts, ...facts, ...(digest !== undefined && { digest }) });
    };
    return { attempts, delay, isPatient, maxRetryAfter: retry.maxRetryAfter, clock, signal, onRetry };
  }

  /** One request with credentials, once more when they had to be renewed. Of any status that the registry answers. */
  async ask(endpoint: Endpoint, call: Call): Promise<Reply> {
    const credentials = credentialsFor(this.#options.credentials, endpoint, this.domain, this.#path);
    const url = call.url ?? urlOf(endpoint, call);
    // An upload may have been sent to another host, which is nobody that credentials are for.
    const isOwn = url.origin === endpoint.origin;
    const asking = this.#asking(endpoint, call, isOwn ? credentials : undefined);
    const authorize = (stale?: string): Promise<string | undefined> =>
      isOwn ? this.#authorization(endpoint, call, credentials, asking, stale) : Promise.resolve(undefined);
    const first = await authorize();
    const response = await this.#send(endpoint, call, url, first, asking);
    if (response.status !== 401 || !isOwn || response.url.origin !== endpoint.origin)
      return { response, asking: withSecret(asking, first) };
    const renewed = this.#learn(endpoint, response) ? await authorizeAgain(authorize, first, credentials) : undefined;
    if (renewed === undefined) return { response, asking: withSecret(asking, first) };
    response.discard();
    return { response: await this.#send(endpoint, call, url, renewed, asking), asking: withSecret(asking, renewed) };
  }

  /** One request with nothing but its own headers, which go to this origin alone. */
  async askOpenly(endpoint: Endpoint, call: Call, contactUrl = `${endpoint.root}/`): Promise<Reply> {
    const { headers = {} } = call;
    const credentials =
      headers["authorization"] === undefined ? undefined : credentialsFor(this.#options.credentials, endpoint, this.domain, "");
    const asking = { ...withSecret(this.#asking(endpoint, call, credentials), headers["authorization"]), contactUrl };
    const url = call.url ?? urlOf(endpoint, call);
    const { method, signal } = call;
    const ownHeaders = { ...endpoint.headers, ...headers };
    return { response: await this.deps.exchange.send({ method, url, headers: {}, ownHeaders, tls: endpoint.tls, signal }, asking), asking };
  }

  /** As `ask`, and an error for every status that is not expected. */
  async expect(endpoint: Endpoint, call: Call, statuses: readonly number[]): Promise<Reply> {
    const reply = await this.ask(endpoint, call);
    if (statuses.includes(reply.response.status)) return reply;
    throw await refusal(reply);
  }

  /** Runs `task` at the endpoints in turn until one has an answer. */
  async once<T>({ operation, capability, originOnly, signal }: Plan, task: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    const endpoints = await this.#endpoints(capability, originOnly === true);
    for (const [index, endpoint] of endpoints.entries()) {
      try {
        const result = await task(endpoint);
        this.deps.hosts.learn(endpoint, true);
        return result;
      } catch (error) {
        const { isNetwork = false, isUnreached = false, isTls = false } = detailsOf(error);
        if (isNetwork) this.deps.hosts.learn(endpoint, false);
        const next = endpoints[index + 1];
        if (signal?.aborted === true) throw cancelled(signal.reason);
        // What the registry itself answers is the answer; only a mirror's is an opinion. HTTP is for who never spoke TLS.
        if (!(error instanceof EngineError) || next === undefined || !(endpoint.isMirror || (isUnreached && !isTls))) throw error;
        if (endpoint.isMirror && isNetwork) this.#dead.add(endpoint.root);
        this.#options.onFallback?.({ operation, from: endpoint.root, to: next.root, reason: error });
      }
    }
    const asking = { operation, method: "GET", url: "", contactUrl: "", host: this.domain, credentials: "none", secrets: [], now: 0 };
    throw failure("internal", `cannot ${operation}: no host is configured for ${this.domain} that can ${capability}`, asking);
  }

  async #endpoints(capability: Capability, originOnly: boolean): Promise<readonly Endpoint[]> {
    const all = await this.deps.hosts.endpoints(this.domain, capability);
    const alive = all.filter(({ root, isMirror }) => !isMirror || (!originOnly && !this.#dead.has(root)));
    return alive.length === 0 ? all : alive;
  }

  async #authorization(
    endpoint: Endpoint,
    { scopes }: Call,
    credentials: RegistryCredentials | undefined,
    asking: Asking,
    stale: string | undefined,
  ): Promise<string | undefined> {
    if (credentials?.registryToken !== undefined) return bearer(credentials.registryToken, asking);
    const challenge = this.deps.challenges.get(endpoint.origin);
    if (challenge === undefined) return endpoint.headers["authorization"];
    try {
      if (challenge.scheme === "bearer") {
        const old = stale?.replace(/^Bearer /, "");
        return bearer((await this.deps.tokens.token({ endpoint, challenge, scopes, credentials }, asking, old)).value, asking);
      }
      const { username = "", password = "" } = credentials ?? {};
      if (username !== "" && password !== "") return `Basic ${basicToken(username, password)}`;
    } catch (error) {
      throw inContext(error, asking);
    }
    if (endpoint.headers["authorization"] !== undefined) return endpoint.headers["authorization"];
    throw failure("internal", `${verbOf(asking.method)} "${asking.url}": no basic auth credentials`, asking, { status: 401 });
  }

  async #send(endpoint: Endpoint, call: Call, url: URL, authorization: string | undefined, asking: Asking): Promise<HttpResponse> {
    const { method, headers = {}, body, responseTimeout, signal } = call;
    const isOwn = url.origin === endpoint.origin;
    const tls = isOwn ? endpoint.tls : await this.deps.hosts.tlsOf(url, endpoint.tls);
    const ownHeaders = isOwn ? { ...endpoint.headers, ...(authorization !== undefined && { authorization }) } : {};
    const request: HttpRequest = { method, url, headers, ownHeaders, tls, body, signal };
    const full = responseTimeout === undefined ? request : { ...request, responseTimeout };
    return this.deps.exchange.send(full, withSecret(asking, authorization));
  }

  /** True when the refusal says how to get in. */
  #learn(endpoint: Endpoint, { headers }: HttpResponse): boolean {
    const challenges = parseChallenges(headerLines(headers, "www-authenticate"));
    const challenge = challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
    if (challenge === undefined) return false;
    this.deps.challenges.set(endpoint.origin, challenge);
    return true;
  }

  #asking(endpoint: Endpoint, { operation, method, path = "" }: Call, credentials: RegistryCredentials | undefined): Asking {
    return {
      operation,
      method,
      url: endpoint.root + path,
      contactUrl: `${endpoint.root}/`,
      host: endpoint.host,
      credentials: describeCredentials(credentials),
      secrets: [...(credentials === undefined ? [] : secretsOf(credentials)), ...Object.values(endpoint.headers)],
      now: this.deps.clock.now(),
    };
  }
}

/** The error that a response of a wrong status is. */
export async function refusal({ response, asking }: Reply): Promise<EngineError> {
  const text = await readBeginning(response.body, MAX_ERROR_BODY);
  return responseFailure({ status: response.status, headers: response.headers, text }, asking);
}

export function urlOf(endpoint: Endpoint, { path = "/", query = [], method }: Pick<Call, "path" | "query" | "method">): URL {
  const url = new URL(endpoint.root + path);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const isRead = method === "GET" || method === "HEAD";
  if (endpoint.namespace !== undefined && isRead) url.searchParams.append("ns", endpoint.namespace);
  return url;
}

/** `undefined` when there is nothing new to try: the same word twice is a loop. */
async function authorizeAgain(
  authorize: (stale?: string) => Promise<string | undefined>,
  first: string | undefined,
  credentials: RegistryCredentials | undefined,
): Promise<string | undefined> {
  if (credentials?.registryToken !== undefined) return undefined;
  const renewed = await authorize(first);
  return renewed === first ? undefined : renewed;
}

/** Docker shows for what a token was refused. */
function inContext(error: unknown, asking: Asking): unknown {
  if (!(error instanceof EngineError) || error.kind !== "unauthorized") return error;
  const words = `${verbOf(asking.method)} "${asking.url}": ${error.message}`;
  return new EngineError(error.kind, words, { cause: error, details: { ...error.details, reason: error.message } });
}

function bearer(token: string, asking: Asking): string {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw failure("internal", "cannot use the registry token: it has characters that no token has", asking);
  return `Bearer ${token}`;
}

function withSecret(asking: Asking, authorization: string | undefined): Asking {
  const secret = authorization?.replace(/^\S+ /, "");
  return secret === undefined ? asking : { ...asking, secrets: [...asking.secrets, secret] };
}

/** Go's `url.Error` writes methods so. */
function verbOf(method: string): string {
  return method.slice(0, 1) + method.slice(1).toLowerCase();
}
