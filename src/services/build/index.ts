/**
 * Building images from Dockerfiles.
 *
 * Promises: an image appears whole or not at all; what a step made is found again by what went into it; a build that
 * ends, however it ends, leaves nothing at work. Speaks BuildKit's dialect of the language. Knows no HTTP and no stream
 * of any protocol: progress is data.
 */
export { createBuilds } from "./builds.ts";
export type { BuildParts, Builds } from "./builds.ts";
export type { CacheLimits } from "./cache/collect-cache.ts";
export type { CacheUsage } from "./cache/cache-usage.ts";
export type { CacheFilters, CachePruneRequest, CachePruneResult } from "./cache/prune-cache.ts";
export type { BuildEvent, BuildPart, BuildRequest, StepPlace } from "./types.ts";
