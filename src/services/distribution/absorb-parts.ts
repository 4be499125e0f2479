import { releaseTargets } from "#images";
import type { CatalogChange, ImageDeps } from "#images";
import type { Digest, ImageId } from "#oci";
import type { Repository } from "./names.ts";

type AbsorbDeps = Pick<ImageDeps, "catalog" | "metadata" | "users">;

/**
 * Manifests come before the index that contains them, and what speaks of a manifest may come before it; until then each
 * is an image of its own, known by its digest. From here on they are reached through the whole and are parts of it,
 * unless somebody gave them another name.
 */
export function absorbParts(deps: AbsorbDeps, change: CatalogChange, repository: Repository, parts: Iterable<Digest>): void {
  for (const digest of parts) {
    for (const image of deps.metadata.images.imagesOfTarget(digest)) {
      const [name, ...others] = namesOfTarget(deps, image, digest);
      if (name !== `${repository}@${digest}` || others.length > 0 || isNeeded(deps, image)) continue;
      change.removeName(name);
      // What is let go here is reached through the whole.
      if (deps.catalog.namesOf(image).length === 0) change.removeImage(image);
      else releaseTargets(deps, change, image);
    }
  }
}

function namesOfTarget({ catalog }: AbsorbDeps, image: ImageId, digest: Digest): string[] {
  return catalog.namesOf(image).filter((name) => catalog.findName(name)?.target === digest);
}

function isNeeded({ catalog, users }: AbsorbDeps, image: ImageId): boolean {
  return catalog.hasChildren(image) || users.usersOf(image).length > 0;
}
