import type { CacheRecord } from "#metadata";
import type { BuildDeps } from "../build-deps.ts";

/** A record of the build cache as it is shown. */
export interface CacheUsage {
  readonly record: CacheRecord;
  /** Bytes on disk. */
  readonly size: number;
  /** A build is using it. */
  readonly isInUse: boolean;
  /** An image has the same layer, so that removing the record frees nothing. */
  readonly isShared: boolean;
}

/** Everything in the build cache, least recently used first. */
export async function cacheUsage(deps: BuildDeps): Promise<readonly CacheUsage[]> {
  const { metadata, holds, mountCache } = deps;
  const usage: CacheUsage[] = [];
  for (const record of metadata.buildCache.all()) {
    const { id, blob, kind } = record;
    const size = kind === "exec.cachemount" ? await mountCache.size(id) : record.size;
    const isInUse = (blob !== undefined && holds.has(blob)) || mountCache.isInUse(id);
    usage.push({ record, size, isInUse, isShared: blob !== undefined && metadata.blobs.isInImage(blob) });
  }
  return usage;
}
