import { isJsonObject, parseJson } from "#oci";
import type { HistoryEntry } from "#oci";
import type { BuildArgs } from "#dockerfile";
import type { BuildLayer } from "../trees/layer-files.ts";

interface InlineLayer {
  /** Its number in the image, base 0. */
  readonly layer: number;
  readonly createdAt: string;
}

/** The layers of an image that commands have made, by what the command is known by. */
export type InlineCache = ReadonlyMap<string, readonly InlineLayer[]>;

/**
 * BuildKit's form, `CacheConfig` in JSON: each record a digest and the layers that it stands for. BuildKit finds a record
 * by the digests of its own steps, which ours never equal, and so passes ours over, as we do with BuildKit's.
 */
interface InlineRecord {
  readonly digest: string;
  readonly layers: readonly InlineLayer[];
}

const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);

/** Whether the image is to say what its commands are known by: what Go takes for true. */
export function wantsInlineCache(buildArgs: BuildArgs): boolean {
  return TRUE.has(buildArgs.get("BUILDKIT_INLINE_CACHE") ?? "");
}

/** The member of a config; undefined when no command has made a layer. */
export function writeInlineCache(layers: readonly BuildLayer[], history: readonly HistoryEntry[]): string | undefined {
  const made = history.filter((entry) => entry.empty_layer !== true);
  const records = layers.flatMap(({ key }, layer): InlineRecord[] => {
    // A base image need not tell of all its layers.
    const createdAt = made.at(layer - layers.length)?.created;
    return key === undefined || createdAt === undefined ? [] : [{ digest: `sha256:${key}`, layers: [{ layer, createdAt }] }];
  });
  return records.length === 0 ? undefined : Buffer.from(JSON.stringify(records)).toString("base64");
}

/** Whatever is no record is none, for an image may come from anywhere. */
export function readInlineCache(member: string | undefined): InlineCache {
  const found = new Map<string, readonly InlineLayer[]>();
  for (const record of recordsOf(member)) {
    if (!isJsonObject(record) || typeof record["digest"] !== "string" || !Array.isArray(record["layers"])) continue;
    found.set(record["digest"].replace(/^sha256:/, ""), record["layers"].flatMap(toLayer));
  }
  return found;
}

function toLayer(value: unknown): readonly InlineLayer[] {
  const { layer, createdAt } = isJsonObject(value) ? value : {};
  return typeof layer === "number" && typeof createdAt === "string" && !Number.isNaN(Date.parse(createdAt)) ? [{ layer, createdAt }] : [];
}

function recordsOf(member: string | undefined): readonly unknown[] {
  try {
    const records = parseJson(Buffer.from(member ?? "", "base64"));
    return Array.isArray(records) ? records : [];
  } catch {
    return [];
  }
}
