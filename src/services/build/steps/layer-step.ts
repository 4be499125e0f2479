import { cacheKey } from "../cache/cache-key.ts";
import type { CachedLayer } from "../cache/step-cache.ts";
import { MAX_PARTS } from "../cache/step-parts.ts";
import type { StepParts } from "../cache/step-parts.ts";
import type { LayerDraft } from "../copy/layer-draft.ts";
import { receiveTar } from "../trees/plain-layers.ts";
import type { StageRun } from "../stage-run.ts";
import { contentKey, digestsOf, holdsSame } from "./same-content.ts";

export interface LayerWork {
  /** Where the layer goes: what the tree below it is known by, or nothing where it does not matter. */
  readonly below: string;
  /** What the step is made of, as far as it is known without looking at a file. */
  readonly inputs: readonly unknown[];
  readonly description: string;
  readonly plan: () => Promise<LayerDraft>;
}

/**
 * Makes the layer of a step that runs nothing, or finds it: first by the step's inputs, then by what it would hold, so
 * that files which were only touched change nothing. What is dated by SOURCE_DATE_EPOCH is not the same as what is not.
 */
export async function draftLayer(run: StageRun, { below, inputs, description, plan }: LayerWork): Promise<CachedLayer> {
  const { cache, deps } = run;
  const { epoch } = run.build;
  const byInputs = cacheKey("inputs", below, epoch, inputs);
  const known = cache.findLayer([byInputs]);
  if (known !== undefined) return found(run, known);
  const draft = await plan();
  const content = await digestsOf(draft.content());
  const byContent = await contentKey(content, below, epoch);
  const same = cache.findLayer([byContent]);
  if (same !== undefined) {
    cache.addKey(byInputs, same);
    return found(run, same);
  }
  const lent = await run.findInImages(async (layer) => holdsSame(await run.build.files.tree([layer]), content));
  if (lent !== undefined) return found(run, lent);
  const parts = partsOf(content, { below, epoch });
  run.tellMiss(description, parts);
  const blob = await receiveTar(deps, draft.tar());
  return cache.keepLayer(blob, { keys: [byInputs, byContent], description, parent: run.lastRecord, parts });
}

function found({ progress }: StageRun, layer: CachedLayer): CachedLayer {
  progress.put({ type: "cached" });
  return layer;
}

/** @param content - Digests by what `describeEntry` says of each entry. */
function partsOf(content: ReadonlyMap<string, string>, { below, epoch }: { below: string; epoch: unknown }): StepParts {
  const parts = new Map<string, unknown>([
    ["the steps before it", below],
    ["SOURCE_DATE_EPOCH", epoch],
  ]);
  for (const [described, digest] of content) {
    if (parts.size === MAX_PARTS) break;
    const [path, type] = JSON.parse(described) as [path: string, type: string];
    parts.set(`${type} /${path}`, [described, digest]);
  }
  return parts;
}
