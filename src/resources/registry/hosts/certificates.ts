import { readdir, readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { internal, invalidArgument } from "#errors";
import type { TlsMaterial } from "../transport/dispatchers.ts";
import { parseHostsFile } from "./hosts-file.ts";
import type { HostEntry, HostsFile } from "./hosts-file.ts";

/** What the certificate directories say about one host. */
export interface HostDirectory {
  readonly tls: Omit<TlsMaterial, "isVerified">;
  readonly hosts: HostsFile | undefined;
  /** For the file names in `hosts`. */
  readonly path: string;
}

const MAX_FILE_SIZE = 1024 * 1024;

/**
 * Reads `<directory>/<host>`: `*.crt` are authorities, `*.cert` with the `*.key` of the same name identities, hosts.toml mirrors.
 *
 * @throws invalid-argument in Docker's words when a key or a certificate lacks its other half.
 */
export async function readHostDirectory(directories: readonly string[], host: string): Promise<HostDirectory | undefined> {
  for (const directory of directories) {
    const path = join(directory, host.toLowerCase());
    const names = await namesIn(path);
    if (names !== undefined) return readDirectory(path, names);
  }
  return undefined;
}

/** The files that a host of hosts.toml names. */
export async function readEntryTls(entry: Omit<HostEntry, "url">, path: string): Promise<Omit<TlsMaterial, "isVerified">> {
  const read = (name: string): Promise<string> => readText(isAbsolute(name) ? name : join(path, name));
  return {
    authorities: await Promise.all(entry.authorities.map(read)),
    identities: await Promise.all(entry.identities.map(async ([cert, key]) => ({ cert: await read(cert), key: await read(key) }))),
  };
}

async function readDirectory(path: string, names: readonly string[]): Promise<HostDirectory> {
  const lone = names.find((name) => name.endsWith(".key") && !names.includes(name.replace(/\.key$/, ".cert")));
  const hostsPath = join(path, "hosts.toml");
  const hosts = names.includes("hosts.toml") ? parseHostsFile(await readText(hostsPath), hostsPath) : undefined;
  // All are waited for from the start: a failure that nobody waits for yet would end the process.
  const [authorities, identities] = await Promise.all([
    Promise.all(names.filter((name) => name.endsWith(".crt")).map((name) => readText(join(path, name)))),
    Promise.all(names.filter((name) => name.endsWith(".cert")).map((name) => readPair(path, name, names))),
  ]);
  const tls = { authorities, identities };
  if (lone !== undefined && hosts === undefined) {
    throw invalidArgument(`missing client certificate ${lone.replace(/\.key$/, ".cert")} for key ${lone}`);
  }
  return { tls, hosts, path };
}

async function readPair(path: string, cert: string, names: readonly string[]): Promise<{ cert: string; key: string }> {
  const key = cert.replace(/\.cert$/, ".key");
  if (!names.includes(key)) {
    throw invalidArgument(`missing key ${key} for client certificate ${cert}. CA certificates must use the extension .crt`);
  }
  return { cert: await readText(join(path, cert)), key: await readText(join(path, key)) };
}

async function namesIn(path: string): Promise<readonly string[] | undefined> {
  try {
    return (await readdir(path)).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw internal(`cannot read ${path}: ${code ?? "unknown error"}`, { cause: error });
  }
}

async function readText(path: string): Promise<string> {
  try {
    const text = await readFile(path, "utf8");
    if (text.length > MAX_FILE_SIZE) throw invalidArgument(`cannot read ${path}: expected at most ${MAX_FILE_SIZE} bytes`);
    return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw internal(`cannot read ${path}: ${code}`, { cause: error });
  }
}
