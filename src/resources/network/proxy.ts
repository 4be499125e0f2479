import { BlockList, isIP } from "node:net";
import { invalidArgument } from "#errors";

/** As the environment variables of the same names, which the program reads and hands over. */
export interface ProxyConfig {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

/** The proxy for `url`, by the rules of Go programs: loopback is never proxied, `noProxy` lists suffixes, addresses, CIDRs and ports. */
export function proxyFor(url: URL, { httpProxy, httpsProxy, noProxy }: ProxyConfig): string | undefined {
  const proxy = url.protocol === "https:" ? httpsProxy : httpProxy;
  if (proxy === undefined || proxy === "" || isExempt(url, noProxy ?? "")) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  if (!URL.canParse(text)) throw invalidArgument("cannot use the proxy: its address is not a URL");
  return text;
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = bareHost(url.hostname);
  if (host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))) return true;
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matchesEntry(entry, host, port));
}

function matchesEntry(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isIP(host) !== 0 && inNetwork(entry, host);
  const parts = /^(?<name>\[[^\]]*\]|[^:]*|[^[]*:[^[]*:[^[]*?)(?::(?<port>\d+))?$/.exec(entry)?.groups;
  const name = bareHost(parts?.["name"] ?? entry);
  if (parts?.["port"] !== undefined && parts["port"] !== port) return false;
  if (isIP(name) !== 0) return name === host;
  const suffix = name.replace(/^\*?\.?/, "");
  // A leading dot means the names below alone.
  return host.endsWith(`.${suffix}`) || (host === suffix && !/^\*?\./.test(name));
}

function inNetwork(cidr: string, address: string): boolean {
  const [network = "", prefix = ""] = cidr.split("/");
  const family = isIP(network);
  if (family === 0 || family !== isIP(address) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), type);
  return list.check(address, type);
}

function bareHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, "");
}
