import type { Limit } from "#async";
import type { CacheMounts } from "#cache-mounts";
import type { Git } from "#git";
import type { Cancellable, ImageDeps } from "#images";
import type { PrivateFiles } from "#private-files";
import type { Runtime } from "#runtime";
import type { Snapshots } from "#snapshots";
import type { BuildDeps } from "./build-deps.ts";
import { buildImage } from "./build-image.ts";
import { cacheUsage } from "./cache/cache-usage.ts";
import type { CacheUsage } from "./cache/cache-usage.ts";
import { pruneCache } from "./cache/prune-cache.ts";
import type { CachePruneRequest, CachePruneResult } from "./cache/prune-cache.ts";
import { MountCache } from "./cache/mount-cache.ts";
import { PlainLayers } from "./trees/plain-layers.ts";
import type { BuildEvent, BuildRequest } from "./types.ts";

/** The verbs of building. */
export interface Builds {
  /** Least recently used first. */
  cache(): Promise<readonly CacheUsage[]>;
  prune(request?: CachePruneRequest): Promise<CachePruneResult>;
  /** Ends with `done`, or throws; leaving it early cancels the build. */
  build(request: BuildRequest, options?: Cancellable): AsyncGenerator<BuildEvent>;
}

/** What building needs beyond images. */
export interface BuildParts {
  readonly snapshots: Snapshots;
  readonly runtime: Runtime;
  readonly cacheMounts: CacheMounts;
  readonly privateFiles: PrivateFiles;
  readonly git: Git;
  readonly runs: Limit;
}

export function createBuilds(images: ImageDeps, { cacheMounts, ...parts }: BuildParts): Builds {
  const deps: BuildDeps = { ...images, ...parts, plainLayers: new PlainLayers(images), mountCache: new MountCache(images, cacheMounts) };
  return {
    cache: () => cacheUsage(deps),
    prune: (request = {}) => pruneCache(deps, request),
    build: (request, options) => buildImage(deps, request, options),
  };
}
