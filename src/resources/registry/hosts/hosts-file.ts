import { invalidArgument } from "#errors";
import { parseToml } from "./toml.ts";
import type { TomlTable, TomlValue } from "./toml.ts";

export type Capability = "pull" | "resolve" | "push";

/** One host of a hosts.toml. File names are as written there. */
export interface HostEntry {
  readonly url: URL;
  readonly capabilities: readonly Capability[];
  readonly authorities: readonly string[];
  /** `[certificate, key]`; both the same file when it holds both. */
  readonly identities: readonly (readonly [cert: string, key: string])[];
  readonly skipVerify: boolean;
  /** The path of the URL is the whole root of the API; otherwise `/v2` belongs to it. */
  readonly overridePath: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HostsFile {
  /** In the order of choice. */
  readonly mirrors: readonly HostEntry[];
  /** What comes after the mirrors; without `url` it is the registry itself. */
  readonly server: Omit<HostEntry, "url"> & { readonly url: URL | undefined };
}

const CAPABILITIES: readonly Capability[] = ["pull", "resolve", "push"];

/** Reads containerd's hosts.toml. */
export function parseHostsFile(text: string, path: string): HostsFile {
  const root = parseToml(text, path);
  const server = root.get("server");
  const url = server === undefined || server === "" ? undefined : hostUrl(asString(server, "server", path), path);
  const hosts = root.get("host") ?? new Map<string, TomlValue>();
  if (!(hosts instanceof Map)) throw fault(path, "host", "a table");
  return {
    mirrors: [...asTable(hosts)].map(([name, table]) => {
      if (!(table instanceof Map)) throw fault(path, name, "a table");
      return { url: hostUrl(name, path), ...toEntry(asTable(table), path) };
    }),
    server: { url, ...toEntry(root, path) },
  };
}

function toEntry(table: TomlTable, path: string): Omit<HostEntry, "url"> {
  const capabilities = strings(table.get("capabilities") ?? CAPABILITIES, "capabilities", path);
  const known = CAPABILITIES.filter((name) => capabilities.includes(name));
  if (known.length < new Set(capabilities).size) throw fault(path, "capabilities", `some of ${CAPABILITIES.join(", ")}`);
  return {
    capabilities: known,
    authorities: strings(table.get("ca") ?? [], "ca", path),
    identities: identities(table.get("client") ?? [], path),
    skipVerify: flag(table, "skip_verify", path),
    overridePath: flag(table, "override_path", path),
    headers: headers(table.get("header"), path),
  };
}

function hostUrl(text: string, path: string): URL {
  const full = text.includes("://") ? text : `https://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw fault(path, text, "an http or https URL");
  if (url.username !== "" || url.password !== "") throw invalidArgument(`cannot read ${path}: credentials do not belong into a URL`);
  return url;
}

/** A file, a list of files, or a list of pairs. */
function identities(value: TomlValue, path: string): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[value, value]];
  if (!isList(value)) throw fault(path, "client", "a file name or a list");
  return value.map((item) => {
    if (typeof item === "string") return [item, item];
    const [cert, key, ...rest] = strings(item, "client", path);
    if (cert === undefined || rest.length > 0) throw fault(path, "client", "pairs of a certificate and a key");
    return [cert, key === undefined || key === "" ? cert : key];
  });
}

function headers(value: TomlValue | undefined, path: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!(value instanceof Map)) throw fault(path, "header", "a table");
  const pairs = [...asTable(value)].map(([name, text]) => [name.toLowerCase(), strings(text, name, path).join(", ")] as const);
  if (pairs.some(([name, text]) => !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || /[^\t\x20-\x7e]/.test(text))) {
    throw fault(path, "header", "header names and values");
  }
  return Object.fromEntries(pairs);
}

function strings(value: TomlValue, key: string, path: string): readonly string[] {
  const list = typeof value === "string" ? [value] : value;
  if (!isList(list)) throw fault(path, key, "a string or a list of strings");
  return list.map((item) => asString(item, key, path));
}

function flag(table: TomlTable, key: string, path: string): boolean {
  const value = table.get(key) ?? false;
  if (typeof value !== "boolean") throw fault(path, key, "true or false");
  return value;
}

function asString(value: TomlValue, key: string, path: string): string {
  if (typeof value !== "string") throw fault(path, key, "a string");
  return value;
}

function asTable(value: TomlTable): TomlTable {
  return value;
}

function isList(value: TomlValue): value is readonly TomlValue[] {
  return Array.isArray(value);
}

function fault(path: string, key: string, expected: string): Error {
  return invalidArgument(`cannot read ${path}: ${JSON.stringify(key)}: expected ${expected}`);
}
