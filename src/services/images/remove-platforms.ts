import { invalidArgument } from "#errors";
import type { Platform } from "#oci";
import { changeOnFullDisk } from "./change-on-full-disk.ts";
import type { ImageDeps } from "./image-deps.ts";
import type { ResolvedImage } from "./resolve-image.ts";
import { selectManifest } from "./select-manifest.ts";
import type { Removal } from "./types.ts";

/**
 * Removes the content of some platforms and keeps the image: its index still lists them, as not available.
 * Content that other images or other platforms need stays.
 */
export async function removePlatforms(
  deps: ImageDeps,
  image: ResolvedImage,
  words: string,
  { platforms, force }: { readonly platforms: readonly Platform[]; readonly force: boolean },
): Promise<readonly Removal[]> {
  const manifests = platforms.map((platform) => selectManifest(deps, image, platform, words, "strict").descriptor.digest);
  // The dash before the hyphen is Docker's.
  if (!force) throw invalidArgument("Content will be removed from all images referencing this variant. Use \u2014-force to force delete.");
  return deps.exclusively(async () => {
    const { blobs } = deps.metadata;
    const { removals, gone, trees } = await changeOnFullDisk(deps, () => {
      const gone = manifests.flatMap((manifest) => {
        const stored = blobs.closure(manifest).map(({ digest }) => digest);
        return stored.filter((digest) => !deps.holds.has(digest) && !blobs.isLive(digest, { except: manifest }));
      });
      const removals = manifests.filter((manifest) => gone.includes(manifest)).map((manifest) => ({ deleted: manifest }));
      // The config's record stays: the image can still be shown, and fetched again.
      return { removals, gone, trees: blobs.remove(gone, { keepConfigs: true }) };
    });
    await deps.content.remove(gone);
    await deps.layers.remove(trees);
    return removals;
  });
}
