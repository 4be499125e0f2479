import { createHash } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { SecureContext } from "node:tls";
import type { Dispatcher } from "undici";
import { internal } from "#errors";
import { proxyFor, trustedAuthorities } from "#network";
import type { ProxyConfig } from "#network";
import type { RegistryTimeouts } from "../registry-config.ts";

/** Whom to believe at one host, and as whom to appear. */
export interface TlsMaterial {
  /** PEM, beside the system's. */
  readonly authorities: readonly string[];
  /** PEM. */
  readonly identities: readonly { readonly cert: string; readonly key: string }[];
  readonly isVerified: boolean;
}

export const PLAIN_TLS: TlsMaterial = { authorities: [], identities: [], isVerified: true };

/** Connection pools: one for each way of connecting, made when it is first needed. */
export class Dispatchers implements AsyncDisposable {
  readonly #timeouts: RegistryTimeouts;
  readonly #proxy: ProxyConfig;
  readonly #pools = new Map<string, Promise<Dispatcher>>();
  #contexts = new Map<string, SecureContext>();

  constructor(timeouts: RegistryTimeouts, proxy: ProxyConfig) {
    this.#timeouts = timeouts;
    this.#proxy = proxy;
  }

  for(url: URL, tls: TlsMaterial): Promise<Dispatcher> {
    const proxy = proxyFor(url, this.#proxy);
    const key = JSON.stringify([url.protocol === "https:" ? fingerprint(tls) : "", proxy ?? ""]);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool = this.#create(tls, proxy, url.protocol === "https:");
    this.#pools.set(key, pool);
    return pool;
  }

  async #create(tls: TlsMaterial, proxy: string | undefined, isSecure: boolean): Promise<Dispatcher> {
    // 130 ms of CPU, which nobody pays who talks to no registry.
    const { Agent, ProxyAgent } = await import("undici");
    const connect = {
      timeout: this.#timeouts.connect,
      ...(isSecure && { secureContext: this.#contextOf(tls), rejectUnauthorized: tls.isVerified }),
    };
    // HTTP/2 would put all layers on one connection, and one stalled connection would stall them all.
    const options = { allowH2: false, headersTimeout: this.#timeouts.response, bodyTimeout: 0, keepAliveTimeout: 15_000 };
    if (proxy === undefined) return new Agent({ ...options, connect });
    return new ProxyAgent({ ...options, uri: proxy, requestTls: connect, proxyTls: { timeout: this.#timeouts.connect } });
  }

  #contextOf(tls: TlsMaterial): SecureContext {
    const key = fingerprint(tls);
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const context = createContext(tls);
    this.#contexts.set(key, context);
    return context;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = await Promise.allSettled(this.#pools.values());
    this.#pools.clear();
    for (const pool of pools) if (pool.status === "fulfilled") await pool.value.destroy(null);
  }
}

function createContext({ authorities, identities, isVerified }: TlsMaterial): SecureContext {
  try {
    return createSecureContext({
      // 40 ms of parsing, for nothing where nothing is verified.
      ca: isVerified ? [...trustedAuthorities(), ...authorities] : [],
      ...(identities.length > 0 && { cert: identities.map(({ cert }) => cert), key: identities.map(({ key }) => key) }),
      minVersion: "TLSv1.2",
    });
  } catch (cause) {
    throw internal(`failed to load X509 key pair: ${(cause as Error).message}`, { cause });
  }
}

/** Keys are private: only their hash is kept as a name. */
function fingerprint(tls: TlsMaterial): string {
  return createHash("sha256").update(JSON.stringify(tls)).digest("base64");
}
