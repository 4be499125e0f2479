import type { PruneResult, Removal } from "#images";
import type { ImagePruneJson, ImageRemovalJson } from "#wire";

/** `DELETE /images/{name}`: the same in all versions, and so is prune. */
export function encodeRemoval(removal: Removal): ImageRemovalJson {
  return "untagged" in removal ? { Untagged: removal.untagged } : { Deleted: removal.deleted };
}

export function encodePrune({ removed, reclaimed }: PruneResult): ImagePruneJson {
  return { ImagesDeleted: removed.length === 0 ? null : removed.map(encodeRemoval), SpaceReclaimed: reclaimed };
}
