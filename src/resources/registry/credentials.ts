import { HUB_DOMAIN } from "./hosts/hub.ts";
import type { Endpoint } from "./hosts/endpoint.ts";

/** What a caller knows about itself for one registry. Lives as long as the operation it came with. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  /** `[scheme://]host[:port][/path]` that the credentials are for; they go nowhere else. Absent: the registry that is asked. */
  readonly serverAddress?: string;
  /** A refresh token, from which access tokens are had. */
  readonly identityToken?: string;
  /** An access token, passed on as it is. */
  readonly registryToken?: string;
}

/** One account, or several by `host[:port][/path]`, of which the longest prefix of the repository counts. */
export type CredentialSource = RegistryCredentials | ReadonlyMap<string, RegistryCredentials>;

interface Scope {
  /** `undefined`: whichever the registry is spoken to by. */
  readonly scheme: string | undefined;
  /** `name:port`. */
  readonly host: string;
  /** Without slashes around it; empty is the whole registry. */
  readonly path: string;
}

const HUB_HOSTS = new Set([HUB_DOMAIN, `index.${HUB_DOMAIN}`, `registry-1.${HUB_DOMAIN}`]);

/**
 * The credentials that may go to `endpoint` for a repository (`library/alpine`), or `undefined`. Hosts are compared
 * whole, never by their ends; a mirror gets nothing that is meant for the registry it stands for.
 */
export function credentialsFor(
  source: CredentialSource | undefined,
  endpoint: Endpoint,
  domain: string,
  path: string,
): RegistryCredentials | undefined {
  if (source === undefined) return undefined;
  const isFitting = (address: string): Scope | undefined => {
    const scope = parseScope(address);
    return fits(scope, endpoint, domain, path) ? scope : undefined;
  };
  if (!isMap(source)) {
    const { serverAddress = "" } = source;
    const isForThis = serverAddress.trim() === "" ? !endpoint.isMirror : isFitting(serverAddress) !== undefined;
    return isForThis && isUsable(source) ? source : undefined;
  }
  const fitting = [...source].flatMap(([address, credentials]) => {
    const scope = isFitting(address);
    return scope === undefined || !isUsable(credentials) ? [] : [{ length: scope.path.length, credentials }];
  });
  return fitting.toSorted((a, b) => b.length - a.length)[0]?.credentials;
}

/** Who the credentials are of, for people; no secret. */
export function describeCredentials(credentials: RegistryCredentials | undefined): string {
  if (credentials === undefined) return "none";
  if (credentials.registryToken !== undefined) return "a registry token";
  if (credentials.identityToken !== undefined) return "an identity token";
  return `user ${JSON.stringify(credentials.username)}`;
}

export function secretsOf({ username = "", password, identityToken, registryToken }: RegistryCredentials): readonly string[] {
  const basic = password === undefined ? undefined : basicToken(username, password);
  const encoded = password === undefined ? undefined : encodeURIComponent(password);
  return [password, encoded, basic, identityToken, registryToken].flatMap((secret) =>
    secret === undefined || secret === "" ? [] : [secret],
  );
}

export function basicToken(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}

/** A registry's name as an address in `X-Registry-Config` or a login: Docker Hub has several. */
export function domainOfAddress(address: string): string {
  const { host } = parseScope(address);
  return host === hubHost() ? HUB_DOMAIN : withoutDefaultPort(host);
}

function fits(scope: Scope, endpoint: Endpoint, domain: string, path: string): boolean {
  const url = new URL(endpoint.origin);
  const scheme = url.protocol.slice(0, -1);
  if (scope.scheme !== undefined && scope.scheme !== scheme) return false;
  // Docker Hub's registry has another name than Docker Hub.
  const isHub = domain === HUB_DOMAIN && !endpoint.isMirror;
  const asked = isHub ? hubHost() : withPort(url.host.toLowerCase(), scheme);
  const given = scope.host.includes("]") || /:\d+$/.test(scope.host) ? scope.host : withPort(scope.host, scheme);
  if (given !== asked) return false;
  return scope.path === "" || path === scope.path || path.startsWith(`${scope.path}/`);
}

function parseScope(address: string): Scope {
  const [, scheme, rest = ""] = /^(?:(https?):\/\/)?(.*)$/is.exec(address.trim()) ?? [];
  const slash = rest.indexOf("/");
  const host = (slash === -1 ? rest : rest.slice(0, slash)).toLowerCase();
  const tail = slash === -1 ? "" : rest.slice(slash).replace(/^\/+|\/+$/g, "");
  const path = /^v[12]$/.test(tail) ? "" : tail.replace(/^v[12]\//, "");
  if (HUB_HOSTS.has(host)) return { scheme: undefined, host: hubHost(), path };
  const lower = scheme?.toLowerCase();
  return { scheme: lower, host: lower === undefined ? host : withPort(host, lower), path };
}

function isUsable({ username = "", password = "", identityToken = "", registryToken = "" }: RegistryCredentials): boolean {
  return identityToken !== "" || registryToken !== "" || (username !== "" && password !== "");
}

function hubHost(): string {
  return `${HUB_DOMAIN}:443`;
}

function withPort(host: string, scheme: string): string {
  return /:\d+$/.test(host) ? host : `${host}:${scheme === "https" ? 443 : 80}`;
}

function withoutDefaultPort(host: string): string {
  return host.replace(/:443$/, "");
}

function isMap(source: CredentialSource): source is ReadonlyMap<string, RegistryCredentials> {
  return source instanceof Map;
}
