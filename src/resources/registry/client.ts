import type { Turns } from "#async";
import { cancelled, EngineError } from "#errors";
import type { Digest } from "#oci";
import type { Authorizer } from "./auth/authorizer.ts";
import { credentialsFor, describeCredentials, secretsOf } from "./credentials.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { detailsOf, failure, responseFailure } from "./failure.ts";
import type { Asking } from "./failure.ts";
import type { Endpoint } from "./hosts/endpoint.ts";
import type { Hosts } from "./hosts/hosts.ts";
import type { Capability } from "./hosts/hosts-file.ts";
import type { RangesConfig, RegistryClock, RegistryTimeouts, RetryConfig } from "./registry-config.ts";
import { withRetries } from "./retry.ts";
import type { RetryPlan } from "./retry.ts";
import { readBeginning } from "./transport/body.ts";
import type { Exchange, HttpRequest, HttpResponse } from "./transport/exchange.ts";
import type { RepositoryOptions } from "./types.ts";

/** What all clients of one `Registries` share. */
export interface ClientDeps {
  readonly exchange: Exchange;
  readonly hosts: Hosts;
  readonly authorizer: Authorizer;
  readonly clock: RegistryClock;
  readonly timeouts: RegistryTimeouts;
  readonly retry: RetryConfig;
  /** For what must not be asked of one registry twice at once. */
  readonly turns: Turns;
  /** `room`: for how many segments more there is memory. */
  readonly ranges: RangesConfig & { readonly room: { free: number } };
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
    if (!isOwn) return this.#send(endpoint, call, url, undefined, asking);
    const { authorizer } = this.deps;
    const access = { endpoint, scopes: call.scopes, credentials, asking };
    const first = await authorizer.header(access);
    const reply = await this.#send(endpoint, call, url, first, asking);
    const { status, headers, url: answered } = reply.response;
    if (status !== 401 || answered.origin !== endpoint.origin) return reply;
    const renewed = await authorizer.renewed(access, headers, first);
    if (renewed === undefined) return reply;
    reply.response.discard();
    return this.#send(endpoint, call, url, renewed, asking);
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

  async #send(endpoint: Endpoint, call: Call, url: URL, authorization: string | undefined, before: Asking): Promise<Reply> {
    const { method, headers = {}, body, responseTimeout, signal } = call;
    const isOwn = url.origin === endpoint.origin;
    const tls = isOwn ? endpoint.tls : await this.deps.hosts.tlsOf(url, endpoint.tls);
    const ownHeaders = isOwn ? { ...endpoint.headers, ...(authorization !== undefined && { authorization }) } : {};
    const asking = withSecret(before, authorization);
    const request: HttpRequest = { method, url, headers, ownHeaders, tls, body, signal };
    const full = responseTimeout === undefined ? request : { ...request, responseTimeout };
    return { response: await this.deps.exchange.send(full, asking), asking };
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

function withSecret(asking: Asking, authorization: string | undefined): Asking {
  const secret = authorization?.replace(/^\S+ /, "");
  return secret === undefined ? asking : { ...asking, secrets: [...asking.secrets, secret] };
}
