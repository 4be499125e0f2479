import { resolve } from "node:path";
import { invalidArgument } from "#errors";

/** Where an engine listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: boolean };

const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;
const TCP = /^(?:\[(?<v6>[0-9a-f:.%]+)\]|(?<name>[^\s:/?#@[\]]+))(?::(?<port>\d{1,5}))?\/?$/i;

/** `unix://path`, `tcp://host[:port]`, `http://…` or `https://…`; `tls` decides for `tcp`. */
export function parseAddress(text: string, { tls = false }: { readonly tls?: boolean } = {}): Address {
  const [, scheme = "", rest = ""] = /^([a-z0-9+.-]+):\/\/(.*)$/is.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case "unix":
      if (rest === "") throw unusable(text, "it names no socket, expected unix:///path");
      return { kind: "unix", path: resolve(rest) };
    case "tcp":
      return parseTcp(text, rest, tls, tls ? DEFAULT_TLS_PORT : DEFAULT_PORT);
    case "http":
      return parseTcp(text, rest, false, 80);
    case "https":
      return parseTcp(text, rest, true, 443);
    default:
      throw unusable(text, `expected unix://, tcp://, http:// or https://`);
  }
}

export function formatAddress(address: Address): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  return `${address.tls ? "https" : "tcp"}://${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

export function isLoopback(address: Address): boolean {
  return address.kind === "unix" || /^(localhost|::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i.test(address.host);
}

function parseTcp(text: string, rest: string, tls: boolean, defaultPort: number): Address {
  const groups = TCP.exec(rest)?.groups;
  const host = groups?.["v6"] ?? groups?.["name"];
  if (host === undefined) throw unusable(text, "expected host:port");
  const port = groups?.["port"] === undefined ? defaultPort : Number(groups["port"]);
  if (port < 1 || port > 65_535) throw unusable(text, `port ${port} is not one of 1 to 65535`);
  return { kind: "tcp", host, port, tls };
}

/** People put passwords into addresses; they must not end in a log. */
function unusable(text: string, reason: string): Error {
  return invalidArgument(`cannot use the address "${text.replace(/\/\/[^/]*@/, "//…@")}": ${reason}`);
}
