import type { Digest, ImageId } from "#oci";
import type { CatalogChange } from "./catalog.ts";
import type { ImageDeps } from "./image-deps.ts";

/**
 * Drops those targets of an image that none of its names stands for any more: an index that was untagged must not
 * keep its other platforms alive behind a name that means a single manifest. An image without names keeps them all.
 * Call it after changing names, in the same transaction; returns what may be garbage once that has happened.
 */
export function releaseTargets(
  { catalog, metadata }: Pick<ImageDeps, "catalog" | "metadata">,
  change: CatalogChange,
  id: ImageId,
): Digest[] {
  const record = catalog.find(id);
  const named = new Set(catalog.namesOf(id).map((name) => catalog.findName(name)?.target));
  const targets = metadata.images.targetsOf(id);
  const kept = targets.find(({ digest }) => named.has(digest));
  if (record === undefined || kept === undefined) return [];
  const dropped = targets.filter(({ digest }) => !named.has(digest));
  if (!named.has(record.target)) {
    const own = metadata.images.manifestsOf(kept.digest).find(({ config }) => config === id);
    change.putImage({ ...record, target: kept.digest, manifest: own?.descriptor.digest ?? kept.digest }, metadata.images.layersOf(id));
  }
  return dropped.flatMap(({ digest }) => {
    change.removeTarget(id, digest);
    return metadata.blobs.livesWith(digest);
  });
}
