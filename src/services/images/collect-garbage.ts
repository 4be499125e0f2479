import type { Digest } from "#oci";
import type { ImageDeps } from "./image-deps.ts";

type GarbageDeps = Pick<ImageDeps, "content" | "layers" | "metadata" | "holds" | "exclusively">;

/**
 * Removes those of the given blobs (by default: of all) that no target reaches and nobody holds. The records go
 * first and for good, the files after them, so that a crash in between leaves files without records, never the reverse.
 */
export async function collectGarbage(deps: GarbageDeps, candidates?: Iterable<Digest>): Promise<readonly Digest[]> {
  const { content, layers, metadata, holds } = deps;
  return deps.exclusively(async () => {
    const { garbage, trees } = metadata.transaction(() => {
      const considered = candidates ?? metadata.blobs.all().map(({ digest }) => digest);
      const garbage = [...considered].filter((digest) => !holds.has(digest) && !metadata.blobs.isLive(digest));
      return { garbage, trees: metadata.blobs.remove(garbage) };
    });
    if (garbage.length === 0) return garbage;
    await metadata.durable();
    await content.remove(garbage);
    await layers.remove(trees);
    return garbage;
  });
}
