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
  const { metadata, mountCache } = deps;
  const usage: CacheUsage[] = [];
  for (const record of metadata.buildCache.all()) {
    const { id, blob, kind } = record;
    const size = kind === "exec.cachemount" ? await mountCache.size(id) : record.size;
    usage.push({ record, size, isInUse: isInUse(deps, record), isShared: blob !== undefined && metadata.blobs.isInImage(blob) });
  }
  return usage;
}

/** Whether a build is using the record at this moment. */
export function isInUse({ holds, mountCache }: BuildDeps, { id, blob }: CacheRecord): boolean {
  return (blob !== undefined && holds.has(blob)) || mountCache.isInUse(id);
}
