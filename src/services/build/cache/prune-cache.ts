import { collectGarbage } from "#images";
import type { Digest } from "#oci";
import type { BuildDeps } from "../build-deps.ts";
import { cacheUsage, isInUse } from "./cache-usage.ts";
import type { CacheUsage } from "./cache-usage.ts";

export interface CachePruneRequest {
  /** Also what images share and what only saves the engine work. */
  readonly all?: boolean;
  readonly filters?: CacheFilters;
  /** Bytes that are kept whatever else is said. */
  readonly reservedSpace?: number;
  /** Bytes that may stay. Without this and the next, nothing stays beyond the reserved. */
  readonly maxUsedSpace?: number;
  /** Bytes that the disk shall have free. */
  readonly minFreeSpace?: number;
}

export interface CacheFilters {
  /** Not used since. */
  readonly until?: Date;
  readonly id?: string;
  readonly parent?: string;
  readonly type?: string;
  readonly description?: string;
  readonly isInUse?: boolean;
  readonly isShared?: boolean;
  readonly isPrivate?: boolean;
}

export interface CachePruneResult {
  readonly removed: readonly string[];
  /** Bytes. */
  readonly reclaimed: number;
}

/** Removes records that nobody uses, least recently used first, until what may stay is all that is there. */
export function pruneCache(deps: BuildDeps, request: CachePruneRequest): Promise<CachePruneResult> {
  return deps.prunes(() => prune(deps, request));
}

async function prune(deps: BuildDeps, request: CachePruneRequest): Promise<CachePruneResult> {
  const usage = await cacheUsage(deps);
  const candidates = usage.filter((item) => isCandidate(item, request));
  let used = usage.reduce((sum, { size }) => sum + size, await deps.snapshots.size());
  const kept = await mayStay(deps, request, used);
  // They are made again from what is kept, so they are the first to go.
  const unpacked = kept > 0 && used <= kept ? 0 : await pruneUnpacked(deps, request);
  used -= unpacked;
  const doomed: CacheUsage[] = [];
  // Measuring took its time: asked again, and nothing is awaited from here until the records are gone, so no step can take one.
  for (const item of candidates.filter(({ record }) => !isInUse(deps, record))) {
    if (kept > 0 && used <= kept) break;
    doomed.push(item);
    used -= item.size;
  }
  await remove(deps, doomed);
  const reclaimed = doomed.reduce((sum, { size, isShared }) => sum + (isShared ? 0 : size), unpacked);
  return { removed: doomed.map(({ record }) => record.id), reclaimed };
}

function isCandidate(item: CacheUsage, { all = false, filters = {} }: CachePruneRequest): boolean {
  const { record, isShared } = item;
  if (item.isInUse) return false;
  if (!all && (isShared || record.kind === "internal")) return false;
  const { until, id, parent, type, description } = filters;
  return (
    (until === undefined || (record.lastUsed ?? record.created) < until) &&
    (id === undefined || record.id.startsWith(id)) &&
    (parent === undefined || record.parent === parent) &&
    (type === undefined || record.kind === type) &&
    (description === undefined || record.description.includes(description)) &&
    (filters.isInUse === undefined || filters.isInUse === item.isInUse) &&
    (filters.isShared === undefined || filters.isShared === isShared) &&
    (filters.isPrivate === undefined || filters.isPrivate !== isShared)
  );
}

/** How many bytes may stay, as BuildKit reckons; 0 is none at all. */
async function mayStay(deps: BuildDeps, request: CachePruneRequest, used: number): Promise<number> {
  const { reservedSpace = 0, maxUsedSpace = 0, minFreeSpace = 0 } = request;
  const lacking = minFreeSpace === 0 ? 0 : minFreeSpace - (await deps.mountCache.disk()).free;
  const mayUse = lacking <= 0 ? maxUsedSpace : Math.min(maxUsedSpace === 0 ? used : maxUsedSpace, used - lacking);
  return Math.max(mayUse, reservedSpace);
}

/** Unpacked layers are made again when they are needed; those of images are kept unless all is to go. Bytes. */
async function pruneUnpacked({ metadata, snapshots }: BuildDeps, { all = false, filters = {} }: CachePruneRequest): Promise<number> {
  if (Object.keys(filters).length > 0) return 0;
  return snapshots.prune(all ? [] : metadata.images.allLayers().map(({ chainId }) => chainId));
}

async function remove(deps: BuildDeps, doomed: readonly CacheUsage[]): Promise<void> {
  if (doomed.length === 0) return;
  const { metadata, mountCache } = deps;
  const blobs = new Set<Digest>();
  metadata.transaction(() => {
    for (const { record } of doomed) {
      metadata.buildCache.remove(record.id);
      if (record.blob !== undefined) blobs.add(record.blob);
    }
  });
  await metadata.durable();
  await collectGarbage(deps, blobs);
  for (const { record } of doomed) if (record.kind === "exec.cachemount") await mountCache.remove(record.id);
}
