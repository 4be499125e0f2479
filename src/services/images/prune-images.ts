import { isEngineError } from "#errors";
import { changeOnFullDisk } from "./change-on-full-disk.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { createImageFilter } from "./image-filters.ts";
import type { ImageDeps } from "./image-deps.ts";
import { RemovalRun } from "./removal.ts";
import type { ImageSummary, PruneRequest, PruneResult } from "./types.ts";

/**
 * Removes what nobody needs: by default images without a tag, with `dangling: false` all that no container uses. Without
 * other filters also what pulls have left unfinished.
 */
export async function pruneImages(deps: ImageDeps, request: PruneRequest = {}): Promise<PruneResult> {
  const { dangling = true, ...filters } = request.filters ?? {};
  const filter = createImageFilter(deps, filters);
  const run = await changeOnFullDisk(deps, (change) => {
    const run = new RemovalRun(deps, change);
    for (const record of deps.catalog.newestFirst()) {
      const image = deps.catalog.find(record.id) && deps.catalog.summary(record);
      if (image === undefined || filter(image) === undefined) continue;
      if (!dangling || image.names.length === 0) prune(deps, run, image);
    }
    return run;
  });
  run.publishEvents();
  const reclaimed = run.reclaimed + (Object.keys(filters).length === 0 ? await deps.content.partial.remove() : 0);
  const attributes = { reclaimed: String(reclaimed) };
  deps.events.publish({ type: "image", action: "prune", actor: { id: "", attributes } });
  await collectGarbage(deps, run.candidates);
  return { removed: run.removals, reclaimed };
}

/** Children and containers keep an image silently. */
function prune(deps: ImageDeps, run: RemovalRun, image: ImageSummary): void {
  const names = deps.catalog.namesOf(image.id);
  const options = { force: false, keepParents: false };
  try {
    if (names.length === 0) run.removeById(image.id, options);
    else for (const name of names) run.removeName(name, name, options);
  } catch (error) {
    if (!isEngineError(error, "conflict")) throw error;
  }
}
