import { resolve } from "node:path";

/** A place to listen at. */
export type Host =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly address: string; readonly port: number; readonly isLoopback: boolean }
  /** A unix socket that systemd listens at already and passes on, by number. */
  | { readonly kind: "fd"; readonly descriptor: number };

export interface HostContext {
  readonly defaultSocket: string;
  readonly tls: boolean;
  /** Descriptors passed by systemd, in its order. */
  readonly passedDescriptors: readonly number[];
}

/** One address can stand for several places: `fd://` is every socket that systemd passed. A string is a mistake. */
export function parseHost(text: string, context: HostContext): readonly Host[] | string {
  const trimmed = text.trim();
  if (trimmed === "") return [unixHost(context.defaultSocket)];
  const scheme = /^([a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1];
  const rest = scheme === undefined ? trimmed : trimmed.slice(scheme.length + 3);
  switch (scheme?.toLowerCase()) {
    case "unix":
      return parseUnix(rest, text, context);
    // dockerd takes a bare address for TCP.
    case undefined:
    case "tcp":
      return parseTcp(rest, text, context);
    case "fd":
      return parseDescriptors(rest, text, context);
    default:
      return `invalid bind address (${text}): unsupported proto '${scheme}', expected unix, tcp or fd`;
  }
}

export function formatHost(host: Host): string {
  switch (host.kind) {
    case "unix":
      return `unix://${host.path}`;
    case "tcp":
      return `tcp://${host.address.includes(":") ? `[${host.address}]` : host.address}:${host.port}`;
    case "fd":
      return `fd://${host.descriptor}`;
  }
}

function unixHost(path: string): Host {
  return { kind: "unix", path };
}

/** What `sockaddr_un` holds; a longer path would be cut and another socket made. */
const MAX_SOCKET_PATH = 107;

function parseUnix(rest: string, text: string, { defaultSocket }: HostContext): readonly Host[] | string {
  const path = rest === "" ? defaultSocket : resolve(rest);
  const length = Buffer.byteLength(path);
  if (path.includes("\0")) return `invalid bind address (${text}): a path cannot hold a zero byte`;
  if (length > MAX_SOCKET_PATH) return `invalid bind address (${text}): the path has ${length} bytes, expected at most ${MAX_SOCKET_PATH}`;
  return [unixHost(path)];
}

const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;

function parseTcp(rest: string, text: string, { tls }: HostContext): readonly Host[] | string {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:/?#@]*))(?::(?<port>[^/?#]*))?(?<path>.*)$/.exec(rest);
  const groups = match?.groups;
  if (groups === undefined) return `invalid bind address (${text}): expected tcp://address:port`;
  if (groups["path"] !== "") return `invalid bind address (${text}): should not contain a path element`;
  const portText = groups["port"] ?? "";
  const port = portText === "" ? (tls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(portText);
  if (!/^\d{0,5}$/.test(portText) || port > 65_535) return `invalid bind address (${text}): port ${portText} is not one of 0 to 65535`;
  const address = groups["v6"] ?? (groups["name"] === "" ? "localhost" : (groups["name"] ?? "localhost"));
  if (groups["v6"] !== undefined && !/^[0-9a-f:.%]+$/i.test(address))
    return `invalid bind address (${text}): [${address}] is not an IPv6 address`;
  return [{ kind: "tcp", ...pinned(address), port }];
}

/** `localhost` is pinned to the loopback address: what a resolver answers is not what was allowed. */
function pinned(address: string): { readonly address: string; readonly isLoopback: boolean } {
  if (address.toLowerCase() === "localhost") return { address: "127.0.0.1", isLoopback: true };
  return { address, isLoopback: isLoopbackAddress(address) };
}

function isLoopbackAddress(address: string): boolean {
  return /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(address) || address === "::1";
}

function parseDescriptors(rest: string, text: string, { passedDescriptors }: HostContext): readonly Host[] | string {
  const wanted = rest === "" || rest === "*" ? passedDescriptors : passedDescriptors.filter((descriptor) => String(descriptor) === rest);
  if (wanted.length === 0) {
    return passedDescriptors.length === 0
      ? `invalid bind address (${text}): systemd passed no sockets, see systemd.socket(5)`
      : `invalid bind address (${text}): systemd passed ${passedDescriptors.join(", ")}`;
  }
  return wanted.map((descriptor) => ({ kind: "fd", descriptor }));
}
