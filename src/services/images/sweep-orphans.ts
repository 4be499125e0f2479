import type { ImageDeps } from "./image-deps.ts";

/**
 * Removes blobs and indexes without a record: what a crash between storing and recording leaves behind. One
 * look-up per file; runs beside other work, but never beside an operation that is about to record.
 */
export async function sweepOrphans(deps: Pick<ImageDeps, "content" | "layers" | "metadata" | "exclusively">): Promise<number> {
  const { content, layers, metadata } = deps;
  return deps.exclusively(async () => {
    const { digests } = await content.list();
    const orphans = digests.filter((digest) => metadata.blobs.find(digest) === undefined);
    await content.remove(orphans);
    const indexes = await layers.list();
    await layers.remove(indexes.filter((diffId) => metadata.blobs.findLayerBlob(diffId) === undefined));
    return orphans.length;
  });
}
