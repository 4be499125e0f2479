import { internal, isEngineError } from "#errors";
import { cleanPath, parseTarget } from "./mount-path.ts";
import type { PlannedMount } from "./planned-mount.ts";

const KINDS: readonly (readonly string[])[] = [
  ["rw", "ro"],
  ["z", "Z"],
  ["shared", "rshared", "slave", "rslave", "private", "rprivate"],
  ["nocopy"],
  ["consistent", "cached", "delegated"],
];
const PROPAGATIONS = KINDS[2] ?? [];

/**
 * `-v`: `target`, `source:target` or `source:target:options`. A source that is no absolute path names a volume.
 *
 * @throws internal in Docker's words; Docker takes it for its own fault, too.
 */
export function parseBind(text: string): PlannedMount {
  const parts = text.split(":");
  const [first = "", second = "", mode = ""] = parts;
  if (first === "" || parts.length > 3 || parts.some((part) => part === "")) throw internal(`invalid volume specification: '${text}'`);
  if (parts.length === 1) return { type: "volume", name: undefined, target: target(text, first, "volume"), ...modeOf("") };
  if (parts.length === 2 && isMode(second)) {
    return { type: "volume", name: undefined, target: target(text, first, "volume"), ...modeOf(second) };
  }
  if (!isMode(mode)) throw internal(`invalid mode: ${mode}`);
  if (!first.startsWith("/")) return { type: "volume", name: first, target: target(text, second, "volume"), ...modeOf(mode) };
  if (mode.split(",").includes("nocopy"))
    throw wrong(text, 'invalid mount config for type "bind": field VolumeOptions must not be specified');
  const propagation = mode.split(",").find((word) => PROPAGATIONS.includes(word)) ?? "rprivate";
  return {
    type: "bind",
    source: cleanPath(first),
    target: target(text, second, "bind"),
    ...modeOf(mode),
    propagation,
    isMadeIfMissing: true,
  };
}

function modeOf(mode: string): { readonly mode: string; readonly isWritable: boolean } {
  return { mode, isWritable: !mode.split(",").includes("ro") };
}

/** At most one of a kind. */
export function isMode(text: string): boolean {
  if (text === "") return true;
  const kinds = text.split(",").map((word) => KINDS.findIndex((kind) => kind.includes(word)));
  return !kinds.includes(-1) && new Set(kinds).size === kinds.length;
}

function target(text: string, path: string, type: "bind" | "volume"): string {
  try {
    return parseTarget(path);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw wrong(text, `invalid mount config for type "${type}": ${error.message}`);
  }
}

function wrong(text: string, reason: string): Error {
  return internal(`invalid volume specification: '${text}': ${reason}`);
}
