import { EngineError, notFound } from "#errors";
import { imageContent } from "#images";
import type { ImageContent } from "#images";
import type { HistoryEntry, Platform } from "#oci";
import type { Build } from "../build.ts";
import { findLocal, isId, pull } from "../find-image.ts";
import type { StageState } from "../stage-state.ts";
import type { BuildLayer } from "../trees/layer-files.ts";
import type { BuildEvent } from "../types.ts";
import { readInlineCache } from "./inline-cache.ts";
import type { InlineCache } from "./inline-cache.ts";
import type { CachedLayer } from "./step-cache.ts";

/** What of a build is needed to find images. */
interface FindOptions extends Pick<Build, "deps" | "request" | "hold" | "signal"> {
  readonly platform: Platform;
}

interface CacheImage extends ImageContent {
  /** Of its inline cache, by key. */
  readonly commands: InlineCache;
}

/** Says of a layer whether the step would make it, where the history cannot tell. */
export type IsSame = (layer: BuildLayer) => Promise<boolean>;

/**
 * Images whose layers may be taken for steps that made them, wherever they were built: what a step stands on, and what
 * the history says of it and of all before it, have to be the same, or, for a command, what the image's inline cache says.
 */
export class CacheImages {
  readonly #images: readonly CacheImage[];

  private constructor(images: readonly CacheImage[]) {
    this.#images = images;
  }

  /** Fetches those that are not here. One that cannot be had is told of and done without. */
  static async *open(names: readonly string[], options: FindOptions): AsyncGenerator<BuildEvent, CacheImages> {
    const images: CacheImage[] = [];
    for (const name of names) {
      try {
        const image = yield* find(name, options);
        images.push({ ...image, commands: readInlineCache(image.config.inlineCache) });
      } catch (error) {
        if (!(error instanceof EngineError) || error.kind === "cancelled") throw error;
        yield { type: "warning", text: `cannot use ${name} as a cache: ${error.message}` };
      }
    }
    return new CacheImages(images);
  }

  /** By what its inline cache says. */
  findCommand(state: StageState, key: string): CachedLayer | undefined {
    for (const image of this.#images) {
      const number = state.layers.length;
      const created = image.commands.get(key)?.find(({ layer }) => layer === number)?.createdAt;
      const layer = layerAt(image, number);
      if (created !== undefined && layer !== undefined && standsOn(image, state)) return { layer, created, recordId: undefined };
    }
    return undefined;
  }

  /** @param createdBy - What the history will say of the step. */
  async find(state: StageState, createdBy: string, isSame: IsSame): Promise<CachedLayer | undefined> {
    for (const image of this.#images) {
      const entry = nextStep(image.config.history, state.history);
      const layer = layerAt(image, state.layers.length);
      if (!standsOn(image, state) || layer === undefined || entry?.created === undefined || entry.created_by !== createdBy) continue;
      if (await isSame(layer)) return { layer, created: entry.created, recordId: undefined };
    }
    return undefined;
  }
}

function standsOn({ layers }: CacheImage, state: StageState): boolean {
  return state.layers.every(({ diffId }, index) => layers[index]?.diffId === diffId);
}

function layerAt({ layers }: CacheImage, number: number): BuildLayer | undefined {
  const found = layers[number];
  if (found === undefined) return undefined;
  const { digest: blob, size, mediaType } = found.descriptor;
  return { diffId: found.diffId, blob, size, mediaType };
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

async function* find(name: string, { platform, ...build }: FindOptions): AsyncGenerator<BuildEvent, ImageContent> {
  const local = await findLocal(build, name, platform);
  if (local !== undefined || isId(name)) return local ?? missing();
  for await (const event of pull(build, name, platform)) yield { type: "pull", event };
  return imageContent(build.deps, name, platform, build.hold);
}

function missing(): never {
  throw notFound("it is not here");
}
