/** Element of `DELETE /images/{name}`: exactly one member, in the order in which things went away. */
export type ImageRemovalJson =
  | { readonly Untagged: string; readonly Deleted?: never }
  | { readonly Deleted: string; readonly Untagged?: never };

/** `POST /images/prune` (1.25). */
export interface ImagePruneJson {
  /** `null` when nothing was deleted. */
  readonly ImagesDeleted: readonly ImageRemovalJson[] | null;
  /** Bytes. */
  readonly SpaceReclaimed: number;
}
