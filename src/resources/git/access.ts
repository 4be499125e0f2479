import { lookup } from "node:dns/promises";
import { forbidden, internal } from "#errors";
import { namesAddress } from "#network";
import type { GitCredentials, GitSource } from "#sources";
import type { WorkspaceRules } from "./workspace.ts";

/** What somebody may use besides what everybody may. */
export interface AccessOptions {
  /** Tokens by `host[:port]`, exactly: what BuildKit calls GIT_AUTH_TOKEN. They go out by https only, or to loopback. */
  readonly tokens?: ReadonlyMap<string, string>;
  /** Socket of an agent, for repositories by ssh. Hosts are known by the machine's own list, `/etc/ssh/ssh_known_hosts`. */
  readonly sshAgent?: string;
}

/** How one git goes out, and as whom. */
export interface GitAccess {
  readonly scheme: GitSource["scheme"];
  readonly authorization: Authorization | undefined;
  readonly sshAgent: string | undefined;
}

export interface Authorization extends GitCredentials {
  /** `https://host[:port]`, which alone gets them. */
  readonly origin: string;
}

export function accessTo(source: GitSource, { tokens, sshAgent }: AccessOptions): GitAccess {
  return { scheme: source.scheme, authorization: authorizationFor(source, tokens), sshAgent };
}

/** What the URL says, else a token for its host. */
function authorizationFor({ scheme, host, credentials }: GitSource, tokens: AccessOptions["tokens"]): Authorization | undefined {
  if (scheme !== "https" && scheme !== "http") return undefined;
  const origin = `${scheme}://${host}`;
  if (credentials !== undefined) return { origin, ...credentials };
  const token = scheme === "https" || isLoopback(host) ? tokens?.get(host) : undefined;
  return token === undefined ? undefined : { origin, username: "x-access-token", password: token };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}

/** HTTP goes through the guard; other transports connect by themselves, so that their host is looked up before. */
export async function requireReachable({ scheme, host }: GitSource, allows: WorkspaceRules["allows"]): Promise<void> {
  if (scheme !== "git" && scheme !== "ssh") return;
  const name = host.replace(/:\d+$/, "");
  const address = namesAddress(name);
  const addresses = address === undefined ? await addressesOf(name) : [address];
  const refused = addresses.find((one) => !allows(one));
  if (refused !== undefined) throw forbidden(`error fetching: ${refused} is not an address to fetch from`);
}

async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw internal(`error fetching: Could not resolve host: ${name}`, { cause: error });
  }
}
