/** Element of `BuildCache` in `GET /system/df`. */
export interface BuildCacheJson {
  readonly ID: string;
  /** Below 1.42. */
  readonly Parent?: string;
  /** Since 1.42. The key really begins with a space; clients look for it there. */
  readonly " Parents"?: readonly string[];
  readonly Type: string;
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  /** Bytes. */
  readonly Size: number;
  /** RFC 3339. */
  readonly CreatedAt: string;
  readonly LastUsedAt: string | null;
  readonly UsageCount: number;
}

/** `POST /build/prune` (1.31). */
export interface BuildPruneJson {
  /** IDs; `null` when nothing was deleted. */
  readonly CachesDeleted: readonly string[] | null;
  /** Bytes. */
  readonly SpaceReclaimed: number;
}
