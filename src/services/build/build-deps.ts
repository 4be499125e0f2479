import type { Limit } from "#async";
import type { Git } from "#git";
import type { ImageDeps } from "#images";
import type { PrivateFiles } from "#private-files";
import type { OnlineParts, Runtime } from "#runtime";
import type { Snapshots } from "#snapshots";
import type { SshAgents } from "#ssh-agents";
import type { MountCache } from "./cache/mount-cache.ts";
import type { PlainLayers } from "./trees/plain-layers.ts";

/** What building stands on, introduced to each other in `open-engine.ts`. */
export interface BuildDeps extends ImageDeps {
  readonly plainLayers: PlainLayers;
  readonly snapshots: Snapshots;
  readonly runtime: Runtime;
  readonly mountCache: MountCache;
  readonly privateFiles: PrivateFiles;
  readonly sshAgents: SshAgents;
  readonly git: Git;
  /** Commands may have all rights if they ask for them. */
  readonly allowsInsecure: boolean;
  readonly machine: OnlineParts;
  /** Places for commands of RUN, shared by all builds. */
  readonly runs: Limit;
  /** Of the cache, one at a time: each has to know what the others leave. */
  readonly prunes: Limit;
}
