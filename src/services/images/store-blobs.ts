import type { StagedBlob } from "#content";
import type { CatalogChange } from "./catalog.ts";
import type { ImageDeps } from "./image-deps.ts";

type StoringDeps = Pick<ImageDeps, "content" | "layers" | "metadata" | "catalog" | "exclusively">;

/**
 * Makes staged blobs visible together with the records that `work` makes of them, all on disk when this resolves. What
 * cannot be recorded, as on a full disk, does not stay on it.
 */
export async function storeBlobs<T>(deps: StoringDeps, staged: Iterable<StagedBlob>, work: (change: CatalogChange) => T): Promise<T> {
  return deps.exclusively(async () => {
    const fresh = [...staged].filter(({ digest }) => deps.metadata.blobs.find(digest) === undefined);
    let result: T;
    try {
      result = await record(deps, fresh, work);
    } catch (error) {
      // The disk that refused the records may refuse this, too; the next start then finds the files without records.
      await remove(deps, fresh).catch(() => undefined);
      throw error;
    }
    await deps.metadata.durable();
    return result;
  });
}

async function record<T>(
  { content, layers, metadata, catalog }: StoringDeps,
  fresh: readonly StagedBlob[],
  work: (change: CatalogChange) => T,
): Promise<T> {
  await content.commit(fresh);
  for (const { layer } of fresh) {
    if (layer !== undefined) await layers.put(layer.diffId, layer.index);
  }
  return catalog.change((change) => {
    for (const { digest, size, layer } of fresh) {
      metadata.blobs.put(digest, size);
      if (layer !== undefined) metadata.blobs.putLayer(digest, layer.diffId, layer.unpackedSize);
    }
    return work(change);
  });
}

async function remove({ content, layers, metadata }: StoringDeps, fresh: readonly StagedBlob[]): Promise<void> {
  await content.remove(fresh.map(({ digest }) => digest));
  const trees = fresh.flatMap(({ layer }) => (layer === undefined ? [] : [layer.diffId]));
  await layers.remove(trees.filter((diffId) => metadata.blobs.findLayerBlob(diffId) === undefined));
}
