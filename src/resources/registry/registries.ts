import { setTimeout as delay } from "node:timers/promises";
import { createLimit, createTurns } from "#async";
import type { Limit } from "#async";
import { cancelled, invalidArgument } from "#errors";
import { parseReference } from "#oci";
import type { Reference } from "#oci";
import { Authorizer } from "./auth/authorizer.ts";
import { TokenService } from "./auth/token-service.ts";
import { RegistryClient } from "./client.ts";
import type { ClientDeps } from "./client.ts";
import { domainOfAddress } from "./credentials.ts";
import type { CredentialSource, RegistryCredentials } from "./credentials.ts";
import { Hosts } from "./hosts/hosts.ts";
import { HUB_DOMAIN, HUB_INDEX, HUB_REGISTRY } from "./hosts/hub.ts";
import { InsecureHosts } from "./hosts/insecure-hosts.ts";
import type { RegistryClock, RegistryConfig } from "./registry-config.ts";
import { Repository } from "./repository.ts";
import { Dispatchers } from "./transport/dispatchers.ts";
import { Exchange } from "./transport/exchange.ts";
import type { ListOptions, LoginResult, OperationOptions, RepositoryOptions, SearchRequest, SearchResult } from "./types.ts";
import { listRepositories } from "./verbs/lists.ts";
import { login } from "./verbs/login.ts";
import { hasNoSearch, searchListings } from "./verbs/search-listings.ts";
import { search, splitTerm } from "./verbs/search.ts";

const TIMEOUTS = { connect: 30_000, response: 30_000, idle: 60_000 };
const RETRY = { transferAttempts: 5, transferDelay: 5000, requestAttempts: 4, requestDelay: 250, maxRetryAfter: 60_000 };
const MIB = 1024 * 1024;
const RANGES = { from: 128 * MIB, segment: 4 * MIB, parts: 64, fast: 100 * MIB, connections: 4, waiting: 10 };
const MAX_DOWNLOADS = 3;
const MAX_UPLOADS = 5;

/** Every registry there is, under one configuration: the door to repositories. */
export class Registries implements AsyncDisposable {
  /** Places for layers in transfer, shared by all operations; whoever fetches or uploads takes one. */
  readonly downloads: Limit;
  readonly uploads: Limit;
  readonly #deps: ClientDeps;
  readonly #dispatchers: Dispatchers;
  readonly #background = new Set<Promise<unknown>>();

  private constructor(config: RegistryConfig) {
    const { certificateDirectories = [], mirrors = [], insecureRegistries = [], proxy = {}, userAgent = "slipway" } = config;
    const clock = config.clock ?? SYSTEM_CLOCK;
    const timeouts = { ...TIMEOUTS, ...config.timeouts };
    const hub = { registry: HUB_REGISTRY, index: HUB_INDEX, ...config.hub };
    const insecure = new InsecureHosts(insecureRegistries, () => clock.now());
    const hosts = new Hosts({ mirrors, certificateDirectories, hub, insecure });
    this.#dispatchers = new Dispatchers(timeouts, proxy);
    const exchange = new Exchange(this.#dispatchers, hosts, { idleMs: timeouts.idle, userAgent });
    const authorizer = new Authorizer(new TokenService(exchange, hosts, () => clock.now()));
    const retry = { ...RETRY, ...config.retry };
    const ranges = { ...RANGES, ...config.ranges };
    const turns = createTurns();
    const background = (work: Promise<unknown>): void => this.#keep(work);
    this.#deps = {
      exchange,
      hosts,
      authorizer,
      clock,
      timeouts,
      retry,
      turns,
      ranges: { ...ranges, room: { free: ranges.waiting } },
      background,
    };
    this.downloads = limit("downloads", config.maxConcurrentDownloads ?? MAX_DOWNLOADS);
    this.uploads = limit("uploads", config.maxConcurrentUploads ?? MAX_UPLOADS);
  }

  /** @throws invalid-argument naming the setting that cannot be. Opens no connection. */
  static open(config: RegistryConfig = {}): Registries {
    return new Registries(config);
  }

  /** Lets cancellations end, then closes all connections; what still runs fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#background);
    await this.#dispatchers[Symbol.asyncDispose]();
  }

  /** The repository that `reference` names; nothing is asked yet. */
  repository(reference: Reference, options: RepositoryOptions = {}): Repository {
    return new Repository(new RegistryClient(this.#deps, reference.domain, reference.path, options), reference);
  }

  /** Names of a registry's repositories, as far as it tells. */
  async catalog(domain: string, options: ListOptions & { readonly credentials?: CredentialSource } = {}): Promise<readonly string[]> {
    return listRepositories(new RegistryClient(this.#deps, checkedDomain(domain), "", options), options);
  }

  /**
   * Docker Hub has a search, as few others have; where there is none names are looked for in the registry's own lists.
   *
   * @throws internal `Unexpected status code 404` where there is neither.
   */
  async search(request: SearchRequest, options: OperationOptions = {}): Promise<readonly SearchResult[]> {
    const { credentials } = request;
    const { domain } = splitTerm(request.term);
    const client = new RegistryClient(this.#deps, domain, "", credentials === undefined ? {} : { credentials });
    try {
      return await search(client, request, options);
    } catch (error) {
      if (domain === HUB_DOMAIN || !hasNoSearch(error)) throw error;
      return searchListings(client, request, error, options);
    }
  }

  /** Proves credentials to the registry at `serverAddress`; empty is docker.io. Nothing is remembered. */
  async login(serverAddress: string, credentials: RegistryCredentials, options: OperationOptions = {}): Promise<LoginResult> {
    const domain = serverAddress.trim() === "" ? HUB_DOMAIN : checkedDomain(domainOfAddress(serverAddress));
    const own = { ...credentials, serverAddress: domain };
    return login(new RegistryClient(this.#deps, domain, "", { credentials: own }), own, options);
  }

  #keep(work: Promise<unknown>): void {
    const kept: Promise<unknown> = work.catch(() => undefined).finally(() => this.#background.delete(kept));
    this.#background.add(kept);
  }
}

const SYSTEM_CLOCK: RegistryClock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw cancelled(error);
    }
  },
};

/** The grammar of references keeps a host from being anything else; it becomes part of URLs and paths. */
function checkedDomain(domain: string): string {
  const { domain: checked, path } = parseReference(`${domain}/x`);
  if (checked !== domain || !path.endsWith("x") || !/[.:]|^localhost$/.test(domain)) {
    throw invalidArgument(`invalid registry name ${JSON.stringify(domain)}: expected host[:port]`);
  }
  return domain;
}

function limit(what: string, count: number): Limit {
  if (!Number.isInteger(count) || count < 0) throw invalidArgument(`invalid max concurrent ${what}: ${count}`);
  return createLimit(count === 0 ? Infinity : count);
}
