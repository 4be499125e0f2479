import { digestOf, orderedConfig } from "#oci";
import type { ContainerConfig, Digest, HistoryEntry, ImageConfig, ImageId, Platform } from "#oci";
import type { BuildTime } from "./build-time.ts";
import { writeInlineCache } from "./cache/inline-cache.ts";
import type { BuildLayer } from "./trees/layer-files.ts";

/** An image in the making, after one of its steps. */
export interface StageState {
  readonly platform: Platform;
  /** Base first. */
  readonly layers: readonly BuildLayer[];
  readonly config: ContainerConfig;
  readonly author: string | undefined;
  /** Entries of this build that made no layer have no time of their own yet. */
  readonly history: readonly HistoryEntry[];
  /** A CMD of this stage has set the command. */
  readonly hasCommand: boolean;
  /** The same for the same steps on the same base: what a step is found by without writing out all there is so far. */
  readonly lineage: Digest;
}

/** What a config says beside what its steps have made. */
export interface ConfigFacts extends BuildTime {
  readonly hasInlineCache: boolean;
}

const BUILDER = "buildkit.dockerfile.v0";

/** After a step that only changed the config. Without `createdBy` nobody will see that there was one. */
export function withConfig(state: StageState, config: ContainerConfig, createdBy: string | undefined): StageState {
  if (createdBy === undefined) return { ...state, config };
  const entry: HistoryEntry = { created_by: createdBy, comment: BUILDER, empty_layer: true };
  return { ...state, config, history: [...state.history, entry] };
}

/** After a step that made a layer. `created` in RFC 3339. */
export function withLayer(state: StageState, layer: BuildLayer, createdBy: string, created: string): StageState {
  const entry: HistoryEntry = { created, created_by: createdBy, comment: BUILDER };
  // Without the time: the same layer may have been made more than once.
  const lineage = lineageOf("layer", state.lineage, layer.diffId, createdBy);
  return { ...state, layers: [...state.layers, layer], history: [...state.history, entry], lineage };
}

/** An image that has nothing and says nothing is none. */
export function isEmpty({ layers, history }: StageState): boolean {
  return layers.length === 0 && history.length === 0;
}

/** The config's document, member for member in the order of the image specification. */
export function writeConfig({ platform, layers, config, author, history: raw }: StageState, facts: ConfigFacts): Uint8Array {
  const history = datedHistory(raw, facts);
  const inlineCache = facts.hasInlineCache ? writeInlineCache(layers, history) : undefined;
  const { os, architecture, variant } = platform;
  const json = {
    architecture,
    ...(variant !== undefined && { variant }),
    ...(author !== undefined && { author }),
    config: orderedConfig(config),
    created: facts.epoch ?? history.at(-1)?.created ?? facts.created,
    history,
    ...(inlineCache !== undefined && { "moby.buildkit.cache.v0": inlineCache }),
    os,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  };
  return Buffer.from(JSON.stringify(json));
}

/** What is inherited from a base image. */
export function stateOf(image: ImageConfig, layers: readonly BuildLayer[], { id, platform }: BaseFacts): StageState {
  const { config, author, history } = image;
  return { platform, layers, config, author, history, hasCommand: false, lineage: lineageOf("image", id, platform) };
}

interface BaseFacts {
  readonly id: ImageId;
  readonly platform: Platform;
}

/** Before the first step of a stage that begins with nothing. */
export function emptyState(platform: Platform): StageState {
  const lineage = lineageOf("scratch", platform);
  return { platform, layers: [], config: {}, author: undefined, history: [], hasCommand: false, lineage };
}

export function lineageOf(...parts: readonly unknown[]): Digest {
  return digestOf(Buffer.from(JSON.stringify(parts)));
}

/** Steps without a layer take the time of the first new layer, those behind it that of the layer before them: as BuildKit. */
function datedHistory(history: readonly HistoryEntry[], { created: now, epoch }: BuildTime): HistoryEntry[] {
  const firstUndated = history.findIndex(({ created }) => created === undefined);
  if (firstUndated === -1) return [...history];
  const firstNew = history.slice(firstUndated).find(({ created }) => created !== undefined)?.created;
  let time = epoch ?? firstNew ?? history.slice(0, firstUndated).findLast(({ created }) => created !== undefined)?.created ?? now;
  return history.map((entry, index) => {
    if (index < firstUndated) return entry;
    time = entry.created ?? time;
    const { created: _, ...rest } = entry;
    return { created: time, ...rest };
  });
}
