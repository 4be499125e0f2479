import { invalidArgument } from "#errors";
import type { Platform } from "./descriptor.ts";

const SPECIFIER_OS = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/;
const SPECIFIER_PART = /^[A-Za-z0-9_.-]+$/;

/** The lists by which Docker tells a lone word's meaning (Go's `go/build` syslist). */
const KNOWN_OS = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos".split(" "),
);
const KNOWN_ARCHITECTURES = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 " +
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

/** Node's names of architectures where they differ from the image specification's. */
const NODE_ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
]);

const ARM64_VARIANTS: ReadonlyMap<string, string> = new Map([
  ["8", ""],
  ["v8", ""],
  ["v8.0", ""],
  ["9", "v9"],
  ["9.0", "v9"],
  ["v9.0", "v9"],
]);

const ARM_VARIANTS: ReadonlyMap<string, string> = new Map([
  ["", "v7"],
  ["5", "v5"],
  ["6", "v6"],
  ["7", "v7"],
  ["8", "v8"],
]);

/**
 * What images are for here, given `process.platform` and `process.arch`. On macOS and Windows that is Linux, as
 * it is for every Docker client there.
 */
export function hostPlatform(nodePlatform: string, nodeArchitecture: string): Platform {
  const os = nodePlatform === "darwin" || nodePlatform === "win32" ? "linux" : nodePlatform;
  return normalizePlatform({ os, architecture: NODE_ARCHITECTURES.get(nodeArchitecture) ?? nodeArchitecture });
}

/**
 * Reads a specifier, `os[/arch[/variant]]` or one of the two words alone; `host` fills in what is missing.
 * Frozen and normalised, except that a variant which goes without saying keeps the form that Docker prints:
 * none for `linux/arm`, `v8` for `linux/arm64/v8`.
 *
 * @throws invalid-argument in Docker's words.
 */
export function parsePlatform(specifier: string, host: Platform): Platform {
  const quoted = JSON.stringify(specifier);
  if (specifier.includes("*")) throw refusal(`${quoted}: wildcards not yet supported`);
  const [first = "", ...rest] = splitAtMost(specifier, 4);
  const { name, version, features } = parseOs(first, specifier);
  for (const part of rest) {
    if (SPECIFIER_PART.test(part)) continue;
    const rule = JSON.stringify(SPECIFIER_PART.source);
    throw refusal(`${JSON.stringify(part)} is an invalid component of ${quoted}: platform specifier component must match ${rule}`);
  }
  if (rest.length > 2) throw refusal(`${quoted}: cannot parse platform specifier`);
  const os = normalizeOs(name);
  const [architecture, variant] = rest;
  if (architecture !== undefined) return toPlatform(os, spokenArchitecture(architecture, variant), version, features);
  if (KNOWN_OS.has(os)) return toPlatform(os, withoutArmDefault(host), version, features);
  const machine = spokenArchitecture(first, undefined);
  if (!KNOWN_ARCHITECTURES.has(machine.architecture)) throw refusal(`${quoted}: unknown operating system or architecture`);
  return toPlatform(host.os, machine, version, features);
}

/** `os/arch/variant` as far as known, with `os(version+feature)` where the platform has them; `unknown` without an OS. */
export function formatPlatform(platform: Platform): string {
  if (platform.os === "") return "unknown";
  const features = [...(platform["os.features"] ?? [])].sort();
  const options = [platform["os.version"] ?? "", ...features].map(escapeOption).join("+");
  const os = options === "" ? platform.os : `${platform.os}(${options})`;
  return [os, platform.architecture, platform.variant ?? ""].filter((part) => part !== "").join("/");
}

/** One spelling per platform: lower case, today's names, and no variant where it is the architecture's default (but `arm` has `v7`). */
export function normalizePlatform(platform: Platform): Platform {
  const { architecture, variant } = normalizeArchitecture(platform.architecture, platform.variant ?? "");
  const features = [...new Set(platform["os.features"])].sort();
  return toPlatform(normalizeOs(platform.os), { architecture, variant }, platform["os.version"] ?? "", features);
}

function parseOs(text: string, specifier: string): { name: string; version: string; features: string[] } {
  const match = SPECIFIER_OS.exec(text);
  if (match === null) {
    const rule = JSON.stringify(SPECIFIER_OS.source);
    const quoted = JSON.stringify(specifier);
    throw refusal(`${JSON.stringify(text)} is an invalid OS component of ${quoted}: OSAndVersion specifier component must match ${rule}`);
  }
  const [, name = "", version = "", features = ""] = match;
  return {
    name,
    version: unescapeOption(version, "version", specifier),
    features: features
      .split("+")
      .slice(1)
      .map((feature) => unescapeOption(feature, "feature", specifier)),
  };
}

/** Escapes what would end an option or begin the next. */
function escapeOption(text: string): string {
  return text.replace(/[%+()/]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unescapeOption(text: string, what: string, specifier: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const escape = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text)?.[0] ?? text;
    const place = `${JSON.stringify(specifier)} has an invalid OS ${what} ${JSON.stringify(text)}`;
    throw invalidArgument(`${place}: invalid URL escape ${JSON.stringify(escape)}`, { cause });
  }
}

/** Splits at slashes; the last part keeps whatever remains, as Go's `strings.SplitN`. */
function splitAtMost(text: string, count: number): string[] {
  const parts = text.split("/");
  return parts.length <= count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join("/")];
}

interface Machine {
  readonly architecture: string;
  readonly variant: string;
}

function spokenArchitecture(architecture: string, variant: string | undefined): Machine {
  const machine = normalizeArchitecture(architecture, variant ?? "");
  if (variant === undefined) return withoutArmDefault(machine);
  return machine.architecture === "arm64" && machine.variant === "" ? { ...machine, variant: "v8" } : machine;
}

function withoutArmDefault({ architecture, variant = "" }: Pick<Platform, "architecture" | "variant">): Machine {
  return { architecture, variant: architecture === "arm" && variant === "v7" ? "" : variant };
}

function normalizeOs(os: string): string {
  const lower = os.toLowerCase();
  return lower === "macos" ? "darwin" : lower;
}

function normalizeArchitecture(architecture: string, variant: string): Machine {
  const name = architecture.toLowerCase();
  const kind = variant.toLowerCase();
  switch (name) {
    case "i386":
      return { architecture: "386", variant: "" };
    case "amd64":
    case "x86_64":
    case "x86-64":
      return { architecture: "amd64", variant: kind === "v1" ? "" : kind };
    case "arm64":
    case "aarch64":
      return { architecture: "arm64", variant: ARM64_VARIANTS.get(kind) ?? kind };
    case "armhf":
      return { architecture: "arm", variant: "v7" };
    case "armel":
      return { architecture: "arm", variant: "v6" };
    case "arm":
      return { architecture: "arm", variant: ARM_VARIANTS.get(kind) ?? kind };
    default:
      return { architecture: name, variant: kind };
  }
}

function toPlatform(os: string, { architecture, variant }: Machine, version: string, features: readonly string[]): Platform {
  return Object.freeze({
    os,
    architecture,
    ...(variant !== "" && { variant }),
    ...(version !== "" && { "os.version": version }),
    ...(features.length > 0 && { "os.features": Object.freeze(features) }),
  });
}

function refusal(message: string): Error {
  return invalidArgument(`${message}: invalid argument`);
}
