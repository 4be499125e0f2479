import type { Digest, ImageId } from "#oci";
import type { CatalogChange } from "./catalog.ts";
import type { ImageDeps } from "./image-deps.ts";
import { releaseTargets } from "./release-targets.ts";

export interface NamesPut {
  /** Names that stood for other images before. */
  readonly moved: readonly { readonly name: string; readonly from: ImageId }[];
  /** Blobs that may be garbage now, because a name moved away from what led to them. */
  readonly released: readonly Digest[];
}

/** Lets canonical references stand for one target of an image; they move from wherever they were. */
export function putNames(
  deps: Pick<ImageDeps, "catalog" | "metadata">,
  change: CatalogChange,
  names: readonly string[],
  { id, target }: { readonly id: ImageId; readonly target: Digest },
): NamesPut {
  const moved: { name: string; from: ImageId }[] = [];
  const touched = new Set<ImageId>();
  for (const name of names) {
    const before = deps.catalog.findName(name);
    if (before?.image === id && before.target === target) continue;
    change.putName(name, id, target);
    if (before === undefined) continue;
    touched.add(before.image);
    if (before.image !== id) moved.push({ name, from: before.image });
  }
  return { moved, released: [...touched].flatMap((image) => releaseTargets(deps, change, image)) };
}
