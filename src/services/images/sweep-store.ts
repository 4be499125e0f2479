import { collectGarbage } from "./collect-garbage.ts";
import type { ImageDeps } from "./image-deps.ts";

type SweepDeps = Pick<ImageDeps, "content" | "layers" | "metadata" | "holds" | "exclusively">;

/**
 * Removes what a crash may leave: records that nothing refers to, and blobs and indexes without a record. Runs beside
 * other work, but never beside an operation that is about to record. Returns how many files had no record.
 */
export async function sweepStore(deps: SweepDeps): Promise<number> {
  const stored = deps.metadata.blobs.all().map(({ digest }) => digest);
  await collectGarbage(deps, stored);
  return sweepOrphans(deps);
}

export async function sweepOrphans({ content, layers, metadata, exclusively }: SweepDeps): Promise<number> {
  return exclusively(async () => {
    const { digests } = await content.list();
    const orphans = digests.filter((digest) => metadata.blobs.find(digest) === undefined);
    await content.remove(orphans);
    const indexes = await layers.list();
    await layers.remove(indexes.filter((diffId) => metadata.blobs.findLayerBlob(diffId) === undefined));
    return orphans.length;
  });
}
