import type { BuildDeps } from "../build-deps.ts";
import { pruneCache } from "./prune-cache.ts";

/** How much of the disk the build cache may take. */
export interface CacheLimits {
  /** Bytes that it may always have. */
  readonly reservedSpace?: number;
  /** Bytes that it never goes beyond. */
  readonly maxUsedSpace?: number;
  /** Bytes that the disk shall have free, as far as the cache is what fills it. */
  readonly minFreeSpace?: number;
}

/** Shares of the disk where nothing is said: BuildKit's. */
const RESERVED = 0.1;
const MAX_USED = 0.8;
const MIN_FREE = 0.2;

/** Brings the cache back within its limits: what was used least recently goes first. Costs little when nothing has to go. */
export async function collectCache(deps: BuildDeps, limits: CacheLimits = {}): Promise<void> {
  const { total } = await deps.mountCache.disk();
  const reservedSpace = limits.reservedSpace ?? Math.floor(total * RESERVED);
  const maxUsedSpace = limits.maxUsedSpace ?? Math.floor(total * MAX_USED);
  const minFreeSpace = limits.minFreeSpace ?? Math.floor(total * MIN_FREE);
  await pruneCache(deps, { all: true, reservedSpace: Math.min(reservedSpace, maxUsedSpace), maxUsedSpace, minFreeSpace });
}
