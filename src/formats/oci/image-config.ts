import { invalidArgument } from "#errors";
import type { DiffId } from "./digest.ts";
import { parseDigest } from "./digest.ts";
import {
  isJsonObject,
  optionalArray,
  optionalObject,
  optionalString,
  optionalStringMap,
  optionalStrings,
  parseJsonObject,
} from "./json.ts";
import type { JsonObject } from "./json.ts";

export const MAX_CONFIG_SIZE = 8 * 1024 * 1024;

/** How a container of the image starts. Docker's own members are kept beside OCI's; durations are nanoseconds. */
export interface ContainerConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly ArgsEscaped?: boolean;
  readonly Healthcheck?: Healthcheck;
  readonly OnBuild?: readonly string[];
  readonly Shell?: readonly string[];
}

export interface Healthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** OCI image-spec config.md and Docker's additions. `diffIds` base first; empty when the document has no `rootfs`. */
export interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
  /** As it was written: RFC 3339, or absent. */
  readonly created?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly dockerVersion?: string;
  /** Legacy: the container that a classic build step was committed from, and its config as it was written. */
  readonly container?: string;
  readonly containerConfig?: JsonObject;
  readonly config: ContainerConfig;
  readonly diffIds: readonly DiffId[];
  readonly hasRootfs: boolean;
  readonly history: readonly HistoryEntry[];
  /** What BuildKit's inline cache says of the layers: JSON in base64. */
  readonly inlineCache?: string;
}

const WHAT = "image config";

/** Reads a config leniently (null members are absent, unknown ones are ignored) but never with a member of a wrong type. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  if (bytes.byteLength > MAX_CONFIG_SIZE) {
    throw invalidArgument(`rejecting ${bytes.byteLength} byte image config: the limit is ${MAX_CONFIG_SIZE} bytes`);
  }
  const json = parseJsonObject(bytes, WHAT);
  const rootfs = optionalObject(json, "rootfs", WHAT);
  const diffIds = rootfs === undefined ? [] : (optionalStrings(rootfs, "diff_ids", "image config: rootfs") ?? []);
  const containerConfig = optionalObject(json, "container_config", WHAT);
  const osFeatures = optionalStrings(json, "os.features", WHAT);
  return {
    os: optionalString(json, "os", WHAT) ?? "",
    architecture: optionalString(json, "architecture", WHAT) ?? "",
    ...pick(json, { variant: "variant", osVersion: "os.version", created: "created", author: "author", comment: "comment" }),
    ...pick(json, { dockerVersion: "docker_version", container: "container", inlineCache: "moby.buildkit.cache.v0" }),
    ...(osFeatures !== undefined && osFeatures.length > 0 && { osFeatures }),
    ...(containerConfig !== undefined && { containerConfig }),
    config: toContainerConfig(optionalObject(json, "config", WHAT) ?? {}),
    diffIds: diffIds.map(parseDigest),
    hasRootfs: rootfs !== undefined,
    history: (optionalArray(json, "history", WHAT) ?? []).map(toHistoryEntry),
  };
}

/** Docker's healthcheck members are Go durations: whole nanoseconds. */
export function toContainerConfig(json: JsonObject): ContainerConfig {
  const what = "image config: config";
  const exposedPorts = optionalObject(json, "ExposedPorts", what);
  const volumes = optionalObject(json, "Volumes", what);
  const labels = optionalStringMap(json, "Labels", what);
  const healthcheck = optionalObject(json, "Healthcheck", what);
  return {
    ...pick(json, { User: "User", WorkingDir: "WorkingDir", StopSignal: "StopSignal" }),
    ...pickStrings(json, ["Env", "Entrypoint", "Cmd", "OnBuild", "Shell"], what),
    ...(exposedPorts !== undefined && { ExposedPorts: toSet(exposedPorts) }),
    ...(volumes !== undefined && { Volumes: toSet(volumes) }),
    ...(labels !== undefined && { Labels: labels }),
    ...(json["ArgsEscaped"] === true && { ArgsEscaped: true }),
    ...(healthcheck !== undefined && { Healthcheck: toHealthcheck(healthcheck) }),
  };
}

function toHealthcheck(json: JsonObject): Healthcheck {
  const numbers = ["Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"] as const;
  return {
    ...pickStrings(json, ["Test"], "image config: Healthcheck"),
    ...Object.fromEntries(numbers.filter((key) => typeof json[key] === "number" && json[key] !== 0).map((key) => [key, json[key]])),
  };
}

function toHistoryEntry(value: unknown, index: number): HistoryEntry {
  const what = `image config: history[${index}]`;
  if (!isJsonObject(value)) throw invalidArgument(`cannot parse ${what}: expected an object`);
  return {
    ...pick(value, { created: "created", created_by: "created_by", author: "author", comment: "comment" }, what),
    ...(value["empty_layer"] === true && { empty_layer: true }),
  };
}

/** Go writes a set as a map to empty objects; anything inside is dropped. */
function toSet(json: JsonObject): Record<string, object> {
  return Object.fromEntries(Object.keys(json).map((key) => [key, {}]));
}

/** String members that are present and not empty, renamed from the document's words (values) to ours (keys). */
function pick<K extends string>(json: JsonObject, names: Readonly<Record<K, string>>, what = WHAT): { [P in K]?: string } {
  const entries: [string, string][] = [];
  for (const [ours, theirs] of Object.entries<string>(names)) {
    const value = optionalString(json, theirs, what);
    if (value !== undefined && value !== "") entries.push([ours, value]);
  }
  return Object.fromEntries(entries) as { [P in K]?: string };
}

function pickStrings<K extends string>(json: JsonObject, keys: readonly K[], what: string): { [P in K]?: readonly string[] } {
  const entries: [string, readonly string[]][] = [];
  for (const key of keys) {
    const value = optionalStrings(json, key, what);
    if (value !== undefined) entries.push([key, value]);
  }
  return Object.fromEntries(entries) as { [P in K]?: readonly string[] };
}
