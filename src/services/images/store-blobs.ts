import type { StagedBlob } from "#content";
import type { CatalogChange } from "./catalog.ts";
import type { ImageDeps } from "./image-deps.ts";

type StoringDeps = Pick<ImageDeps, "content" | "layers" | "metadata" | "catalog" | "exclusively">;

/** Makes staged blobs visible together with the records that `work` makes of them, all on disk when this resolves. */
export async function storeBlobs<T>(deps: StoringDeps, staged: Iterable<StagedBlob>, work: (change: CatalogChange) => T): Promise<T> {
  const { content, layers, metadata, catalog } = deps;
  return deps.exclusively(async () => {
    const fresh = [...staged].filter(({ digest }) => metadata.blobs.find(digest) === undefined);
    await content.commit(fresh);
    for (const { layer } of fresh) {
      if (layer !== undefined) await layers.put(layer.diffId, layer.index);
    }
    const result = catalog.change((change) => {
      for (const { digest, size, layer } of fresh) {
        metadata.blobs.put(digest, size);
        if (layer !== undefined) metadata.blobs.putLayer(digest, layer.diffId, layer.unpackedSize);
      }
      return work(change);
    });
    await metadata.durable();
    return result;
  });
}
