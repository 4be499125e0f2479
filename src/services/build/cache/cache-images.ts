import { isEngineError } from "#errors";
import { imageContent } from "#images";
import type { Hold, ImageContent } from "#images";
import type { HistoryEntry, Platform } from "#oci";
import type { BuildDeps } from "../build-deps.ts";
import type { StageState } from "../stage-state.ts";
import type { BuildLayer } from "../trees/layer-files.ts";
import type { CachedLayer } from "./step-cache.ts";

interface FindOptions {
  readonly platform: Platform;
  /** Keeps the images from being removed. */
  readonly hold: Hold;
}

/** Says of a layer whether the step would make it, where the history cannot tell. */
export type IsSame = (layer: BuildLayer) => Promise<boolean>;

/**
 * Images whose layers may be taken for steps that made them, wherever they were built: what a step stands on, and what
 * the history says of it and of all before it, have to be the same. They have to be here; none is fetched.
 */
export class CacheImages {
  readonly #images: readonly ImageContent[];
  /** Names of images that are not here. */
  readonly missing: readonly string[];

  private constructor(images: readonly ImageContent[], missing: readonly string[]) {
    this.#images = images;
    this.missing = missing;
  }

  static async open(deps: BuildDeps, names: readonly string[], options: FindOptions): Promise<CacheImages> {
    const images: ImageContent[] = [];
    const missing: string[] = [];
    for (const name of names) {
      const image = await find(deps, name, options);
      if (image === undefined) missing.push(name);
      else images.push(image);
    }
    return new CacheImages(images, missing);
  }

  /** @param createdBy - What the history will say of the step. */
  async find(state: StageState, createdBy: string, isSame: IsSame): Promise<CachedLayer | undefined> {
    for (const { config, layers } of this.#images) {
      const entry = nextStep(config.history, state.history);
      const found = layers[state.layers.length];
      const standsOnSame = state.layers.every(({ diffId }, index) => layers[index]?.diffId === diffId);
      if (!standsOnSame || found === undefined || entry?.created === undefined || entry.created_by !== createdBy) continue;
      const { descriptor, diffId } = found;
      const layer = { diffId, blob: descriptor.digest, size: descriptor.size, mediaType: descriptor.mediaType };
      if (await isSame(layer)) return { layer, created: entry.created, recordId: undefined };
    }
    return undefined;
  }
}

/** The entry behind those that say the same as `done`, if it made a layer. */
function nextStep(history: readonly HistoryEntry[], done: readonly HistoryEntry[]): HistoryEntry | undefined {
  const isSame = done.every((step, index) => {
    const entry = history[index];
    return entry !== undefined && entry.created_by === step.created_by && (entry.empty_layer ?? false) === (step.empty_layer ?? false);
  });
  const next = history[done.length];
  return isSame && next?.empty_layer !== true ? next : undefined;
}

async function find(deps: BuildDeps, name: string, { platform, hold }: FindOptions): Promise<ImageContent | undefined> {
  try {
    return await imageContent(deps, name, platform, hold);
  } catch (error) {
    if (isEngineError(error, "not-found") || isEngineError(error, "invalid-argument")) return undefined;
    throw error;
  }
}
