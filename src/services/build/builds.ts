import { createLimit } from "#async";
import type { Limit } from "#async";
import type { CacheMounts } from "#cache-mounts";
import type { Git } from "#git";
import type { Cancellable, ImageDeps } from "#images";
import type { PrivateFiles } from "#private-files";
import type { OnlineParts, Runtime } from "#runtime";
import type { Snapshots } from "#snapshots";
import type { SshAgents } from "#ssh-agents";
import type { BuildDeps } from "./build-deps.ts";
import { buildImage } from "./build-image.ts";
import { cacheUsage } from "./cache/cache-usage.ts";
import type { CacheUsage } from "./cache/cache-usage.ts";
import { pruneCache } from "./cache/prune-cache.ts";
import { collectCache } from "./cache/collect-cache.ts";
import type { CacheLimits } from "./cache/collect-cache.ts";
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
  readonly sshAgents: SshAgents;
  readonly git: Git;
  readonly runs: Limit;
  readonly cacheLimits?: CacheLimits;
  readonly allowsInsecure: boolean;
  readonly machine: OnlineParts;
  /** Takes over work that nobody waits for. */
  readonly later: (work: Promise<unknown>) => void;
}

export function createBuilds(images: ImageDeps, { cacheMounts, cacheLimits, later, ...parts }: BuildParts): Builds {
  const own = { plainLayers: new PlainLayers(images), mountCache: new MountCache(images, cacheMounts), prunes: createLimit(1) };
  const deps: BuildDeps = { ...images, ...parts, ...own };
  let collectedAt = deps.metadata.buildCache.additions;
  return {
    cache: () => cacheUsage(deps),
    prune: async (request = {}) => {
      const result = await pruneCache(deps, request);
      const actor = { id: "", attributes: { reclaimed: String(result.reclaimed) } };
      deps.events.publish({ type: "builder", action: "prune", actor });
      return result;
    },
    build: async function* (request, options) {
      try {
        yield* buildImage(deps, request, options);
      } finally {
        // What only found what was there has not made the cache any larger.
        const { additions } = deps.metadata.buildCache;
        if (additions !== collectedAt) later(collectCache(deps, cacheLimits));
        collectedAt = additions;
      }
    },
  };
}
