import type { Platform } from "./descriptor.ts";
import { normalizePlatform } from "./platform.ts";

/** No processor line has more steps down; bounds the work that a hostile variant can ask for. */
const MAX_STEPS = 16;
const ARM64_VARIANT = /^v([89])(?:\.([0-9]))?$/;

/**
 * The item whose platform runs best on a machine of the wanted one: exactly it, then lower variants, then 386 on amd64
 * and 32-bit ARM on arm64. The first of equals wins; an item without a platform serves any, but comes last.
 */
export function bestPlatform<T>(items: Iterable<T>, platformOf: (item: T) => Platform | undefined, wanted: Platform): T | undefined {
  const rankOf = platformRanking(wanted);
  let best: T | undefined;
  let bestRank = Infinity;
  for (const item of items) {
    const platform = platformOf(item);
    const rank = platform === undefined ? Number.MAX_SAFE_INTEGER : (rankOf(platform) ?? Infinity);
    if (rank >= bestRank) continue;
    best = item;
    bestRank = rank;
  }
  return best;
}

/** How well a platform's images run on the wanted one: 0 is exactly it, larger is worse, `undefined` is not at all. */
export function platformRanking(wanted: Platform): (candidate: Platform) => number | undefined {
  const platform = normalizePlatform(wanted);
  const accepted = compatible(platform).map((machine) => normalizePlatform({ ...platform, ...machine }));
  return (candidate) => {
    const normalized = normalizePlatform(candidate);
    const rank = accepted.findIndex((one) => isServed(one, normalized));
    return rank === -1 ? undefined : rank;
  };
}

/** True if `candidate` is the wanted platform itself, in whatever spelling. */
export function samePlatform(candidate: Platform, wanted: Platform): boolean {
  return isServed(normalizePlatform(wanted), normalizePlatform(candidate));
}

function isServed(wanted: Platform, candidate: Platform): boolean {
  return (
    wanted.os === candidate.os &&
    wanted.architecture === candidate.architecture &&
    wanted.variant === candidate.variant &&
    (candidate["os.features"] ?? []).every((feature) => wanted["os.features"]?.includes(feature) === true) &&
    (wanted.os !== "windows" || isSameWindows(wanted["os.version"], candidate["os.version"]))
  );
}

/** Windows images fit the build that they were made for; the revision behind it does not matter. */
function isSameWindows(wanted: string | undefined, candidate: string | undefined): boolean {
  if (wanted === undefined || candidate === undefined) return true;
  const build = (version: string): string => version.split(".", 3).join(".");
  return build(wanted) === build(candidate);
}

interface Machine {
  readonly architecture: string;
  readonly variant: string;
}

/** Machines whose programs run on the given one, best first, itself included. */
function compatible({ architecture, variant = "" }: Platform): Machine[] {
  const own = { architecture, variant };
  if (architecture === "amd64") return [own, ...stepsBelow(own, 1), { architecture: "386", variant: "" }];
  if (architecture === "arm") return [own, ...stepsBelow(own, 5)];
  if (architecture === "arm64")
    return [own, ...arm64Below(variant), ...compatible({ os: "", architecture: "arm", variant: armOf(variant) })];
  return [own];
}

function stepsBelow({ architecture, variant }: Machine, lowest: number): Machine[] {
  const step = Number(/^v([0-9]{1,2})$/.exec(variant)?.[1] ?? lowest);
  const count = Math.min(Math.max(step - lowest, 0), MAX_STEPS);
  return Array.from({ length: count }, (_, index) => ({ architecture, variant: `v${step - 1 - index}` }));
}

/** ARMv9.0 grew out of ARMv8.5, so `v9.k` runs what `v8.(k+5)` runs. */
function arm64Below(variant: string): Machine[] {
  const match = ARM64_VARIANT.exec(variant);
  if (match === null) return [];
  const minor = Number(match[2] ?? 0);
  const below = match[1] === "9" ? [...minorsBelow(9, minor), `v8.${minor + 5}`, ...minorsBelow(8, minor + 5)] : minorsBelow(8, minor);
  return below.map((lower) => ({ architecture: "arm64", variant: lower }));
}

function minorsBelow(major: number, minor: number): string[] {
  return Array.from({ length: minor }, (_, index) => `v${major}.${minor - 1 - index}`);
}

function armOf(variant: string): string {
  return variant === "" || variant.startsWith("v8.") || variant.startsWith("v9.") ? "v8" : variant;
}
