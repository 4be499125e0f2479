import { writeTar } from "#archive";
import { digestOf } from "#oci";
import type { HistoryEntry } from "#oci";
import type { Build, FinishedStage } from "../build.ts";
import { cacheKey } from "../cache/cache-key.ts";
import type { CachedLayer } from "../cache/step-cache.ts";
import { writeConfig } from "../stage-state.ts";
import type { StageState } from "../stage-state.ts";
import { receiveTar } from "../trees/plain-layers.ts";
import { treeChanges } from "../trees/tree-changes.ts";

/**
 * One layer instead of all that the last stage has made, on top of what it is FROM. The history keeps the steps, as ones without
 * a layer, and says what was merged.
 */
export async function squash(build: Build, { state, base }: FinishedStage): Promise<StageState> {
  const { layers, history } = state;
  if (layers.length === base.layers) return state;
  const { layer, created } = await squashedLayer(build, state, base.layers);
  const from = digestOf(writeConfig(state, build));
  const comment = base.id === undefined ? `create new from ${from}` : `merge ${from} to ${base.id}`;
  const entry: HistoryEntry = { created: build.epoch ?? created, comment };
  const steps = history.map((step, index) => (index < base.history ? step : { ...step, empty_layer: true }));
  return { ...state, layers: [...layers.slice(0, base.layers), layer], history: [...steps, entry] };
}

async function squashedLayer(build: Build, { layers }: StageState, kept: number): Promise<CachedLayer> {
  const { files, cache, deps } = build;
  const key = cacheKey(
    "squash",
    kept,
    layers.map(({ diffId }) => diffId),
  );
  const known = cache.findLayer([key]);
  if (known !== undefined) return known;
  const before = kept === 0 ? undefined : await files.tree(layers.slice(0, kept));
  const after = await files.tree(layers);
  const blob = await receiveTar(deps, writeTar(treeChanges(after, { before, firstLayer: kept })));
  const made = cache.keepLayer(blob, { keys: [key], description: "squash", parent: undefined });
  await cache.settled();
  return made;
}
