import { invalidArgument } from "#errors";
import type { HubAddresses } from "../registry-config.ts";
import { PLAIN_TLS } from "../transport/dispatchers.ts";
import type { TlsMaterial } from "../transport/dispatchers.ts";
import { readEntryTls, readHostDirectory } from "./certificates.ts";
import type { HostDirectory } from "./certificates.ts";
import type { Endpoint } from "./endpoint.ts";
import { HUB_DOMAIN } from "./hub.ts";
import type { Capability, HostEntry } from "./hosts-file.ts";
import type { InsecureHosts } from "./insecure-hosts.ts";

export interface HostsConfig {
  readonly mirrors: readonly string[];
  readonly certificateDirectories: readonly string[];
  readonly hub: HubAddresses;
  readonly insecure: InsecureHosts;
}

/** From the name of a registry to the places where it is asked, in the order of choice. */
export class Hosts {
  readonly #config: HostsConfig;
  readonly #mirrors: readonly URL[];
  /** What insecure hosts spoke last time, so that they are not asked in the wrong way every time. */
  readonly #schemes = new Map<string, string>();

  constructor(config: HostsConfig) {
    this.#config = config;
    this.#mirrors = config.mirrors.map(parseMirror);
  }

  async endpoints(domain: string, capability: Capability): Promise<readonly Endpoint[]> {
    const directory = await readHostDirectory(this.#config.certificateDirectories, domain);
    const hosts = directory?.hosts;
    if (directory !== undefined && hosts !== undefined) {
      const able = hosts.mirrors.filter(({ capabilities }) => capabilities.includes(capability));
      const mirrors = await Promise.all(able.map((entry) => this.#entryEndpoint(entry, directory.path, domain)));
      const { server } = hosts;
      if (server.url === undefined) return [...mirrors, ...(await this.#originEndpoints(domain, directory))];
      if (!server.capabilities.includes(capability)) return mirrors;
      return [...mirrors, { ...(await this.#entryEndpoint({ ...server, url: server.url }, directory.path, domain)), isMirror: false }];
    }
    const usesMirrors = domain === HUB_DOMAIN && capability !== "push";
    const mirrors = usesMirrors ? await Promise.all(this.#mirrors.map((url) => this.#mirrorEndpoint(url))) : [];
    return [...mirrors, ...(await this.#originEndpoints(domain, directory))];
  }

  /** Where a registry itself is, beside its mirrors: HTTPS, and for insecure hosts plain HTTP. */
  async origins(domain: string): Promise<readonly Endpoint[]> {
    return this.#originEndpoints(domain, await readHostDirectory(this.#config.certificateDirectories, domain));
  }

  /** For a host that a registry sends us to: its own certificates, and the authorities that the registry itself has. */
  async tlsOf(url: URL, sender: TlsMaterial): Promise<TlsMaterial> {
    const directory = await readHostDirectory(this.#config.certificateDirectories, url.host);
    const own = directory?.tls ?? PLAIN_TLS;
    return {
      authorities: [...new Set([...sender.authorities, ...own.authorities])],
      identities: own.identities,
      isVerified: !(await this.isInsecure(url.host)),
    };
  }

  isInsecure(host: string): Promise<boolean> {
    return this.#config.insecure.has(host);
  }

  /** An answer tells what an insecure host speaks; a broken connection, that this may have changed. */
  learn({ host, origin, isInsecure, isMirror }: Endpoint, hasAnswered: boolean): void {
    if (!isInsecure || isMirror) return;
    if (hasAnswered) this.#schemes.set(host, origin.slice(0, origin.indexOf(":")));
    else this.#schemes.delete(host);
  }

  get indexOrigin(): string {
    return this.#config.hub.index;
  }

  async #originEndpoints(domain: string, directory: HostDirectory | undefined): Promise<readonly Endpoint[]> {
    const { skipsVerification, ...own } = await ownMaterial(directory);
    if (domain === HUB_DOMAIN) {
      const url = new URL(this.#config.hub.registry);
      const tls = { ...own.tls, isVerified: !skipsVerification && !(await this.isInsecure(url.host)) };
      return [{ ...endpoint(url, { tls, host: url.host, isMirror: false, isInsecure: false }), headers: own.headers }];
    }
    if (!URL.canParse(`https://${domain}`)) throw invalidArgument(`invalid registry name ${JSON.stringify(domain)}: expected host[:port]`);
    const isInsecure = await this.isInsecure(domain);
    // Docker reads no certificates for insecure hosts; a client certificate may be wanted all the same.
    const tls = { ...own.tls, isVerified: !skipsVerification && !isInsecure };
    const at = (scheme: string): Endpoint => {
      const url = new URL(`${scheme}://${domain}`);
      return { ...endpoint(url, { tls, host: domain, isMirror: false, isInsecure }), headers: own.headers };
    };
    if (!isInsecure) return [at("https")];
    const known = this.#schemes.get(domain);
    return known === undefined ? [at("https"), at("http")] : [at(known)];
  }

  async #mirrorEndpoint(url: URL): Promise<Endpoint> {
    const isInsecure = await this.isInsecure(url.host);
    const directory = await readHostDirectory(this.#config.certificateDirectories, url.host);
    const tls = { ...PLAIN_TLS, ...directory?.tls, isVerified: !isInsecure };
    return endpoint(url, { tls, host: url.host, isMirror: true, isInsecure });
  }

  async #entryEndpoint(entry: HostEntry, path: string, domain: string): Promise<Endpoint> {
    const isInsecure = entry.skipVerify || (await this.isInsecure(entry.url.host));
    const tls = { ...(await readEntryTls(entry, path)), isVerified: !isInsecure };
    const { host } = entry.url;
    const asked = endpoint(entry.url, { tls, host, isMirror: true, isInsecure });
    const root = entry.overridePath ? entry.url.href.replace(/\/+$/, "") : rootOf(entry.url);
    return { ...asked, root, headers: entry.headers, ...(host !== domain && { namespace: domain }) };
  }
}

interface OwnMaterial {
  readonly tls: Omit<TlsMaterial, "isVerified">;
  readonly headers: Readonly<Record<string, string>>;
  readonly skipsVerification: boolean;
}

/** What is configured for a registry itself. A hosts.toml that names no server speaks of it all the same, above its hosts. */
async function ownMaterial(directory: HostDirectory | undefined): Promise<OwnMaterial> {
  const server = directory?.hosts?.server;
  if (directory === undefined || server === undefined || server.url !== undefined) {
    return { tls: { ...PLAIN_TLS, ...directory?.tls }, headers: {}, skipsVerification: false };
  }
  const { authorities, identities } = await readEntryTls(server, directory.path);
  const tls = { authorities: [...directory.tls.authorities, ...authorities], identities: [...directory.tls.identities, ...identities] };
  return { tls, headers: server.headers, skipsVerification: server.skipVerify };
}

function endpoint(url: URL, facts: Pick<Endpoint, "tls" | "host" | "isMirror" | "isInsecure">): Endpoint {
  return { root: rootOf(url), origin: url.origin, headers: {}, ...facts };
}

/** A path is a prefix of `/v2`, unless it brings its own. */
function rootOf(url: URL): string {
  const path = url.pathname.replace(/\/+$/, "");
  return url.origin + (/(?:^|\/)v2(?:\/|$)/.test(path) ? path : `${path}/v2`);
}

function parseMirror(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!text.includes("://")) {
    throw invalidArgument(`invalid mirror: no scheme specified for "${text}": must use either 'https://' or 'http://'`);
  }
  if (url === undefined) throw invalidArgument(`invalid mirror: "${text}" is not a URL`);
  if (url.username !== "" || url.password !== "") {
    throw invalidArgument(`invalid mirror: username/password not allowed in URI "${url.protocol}//xxxxx@${url.host}${url.pathname}"`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    const scheme = url.protocol.slice(0, -1);
    throw invalidArgument(`invalid mirror: unsupported scheme "${scheme}" in "${text}": must use either 'https://' or 'http://'`);
  }
  if (url.search !== "" || url.hash !== "") throw invalidArgument(`invalid mirror: query or fragment at end of the URI "${text}"`);
  return url;
}
