import { readFile, access } from "node:fs/promises";
import { availableParallelism, hostname, machine, release, totalmem } from "node:os";
import { platform, arch } from "node:process";

/** The machine, as `/info` and `/version` tell of it. */
export interface HostFacts {
  readonly hostname: string;
  readonly kernelVersion: string;
  /** As people call it: `Debian GNU/Linux 13 (trixie)`. */
  readonly operatingSystem: string;
  /** `13`; empty when the system does not say. */
  readonly osVersion: string;
  /** Go's word: `linux`. */
  readonly os: string;
  /** Go's word: `amd64`, `arm64`. */
  readonly architecture: string;
  /** The kernel's word: `x86_64`, `aarch64`. */
  readonly machine: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly cgroupVersion: "1" | "2";
}

/** Looks once; nothing of it changes while the program runs, or clients do not need to know. */
export async function collectHostFacts(): Promise<HostFacts> {
  const [system, cgroupVersion] = await Promise.all([readOsRelease(), findCgroupVersion()]);
  return {
    hostname: hostname(),
    kernelVersion: release(),
    operatingSystem: system.get("PRETTY_NAME") ?? (platform === "linux" ? "Linux" : platform),
    osVersion: system.get("VERSION_ID") ?? "",
    os: platform === "win32" ? "windows" : platform,
    architecture: GO_ARCHITECTURE[arch] ?? arch,
    machine: machine(),
    cpus: availableParallelism(),
    memory: totalmem(),
    cgroupVersion,
  };
}

const GO_ARCHITECTURE: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  loong64: "loong64",
  mipsel: "mipsle",
};

/** os-release(5): the second path stands in for the first. */
async function readOsRelease(): Promise<ReadonlyMap<string, string>> {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return parseOsRelease(text);
  }
  return new Map();
}

/** `KEY=value` lines in a shell's quotes; what is no assignment is passed over. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, key, value] = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, unquote(value));
  }
  return values;
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  if (quoted === null) return value;
  return quoted[1] === '"' ? (quoted[2] ?? "").replace(/\\([\\"$`])/g, "$1") : (quoted[2] ?? "");
}

/** The unified hierarchy has this file at its root; the older ones do not. */
async function findCgroupVersion(): Promise<"1" | "2"> {
  return access("/sys/fs/cgroup/cgroup.controllers").then(
    () => "2" as const,
    () => "1" as const,
  );
}
