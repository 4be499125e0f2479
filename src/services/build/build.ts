import type { BuildArgs, CheckOptions, StagePlan, StageScope } from "#dockerfile";
import type { TarTime } from "#archive";
import type { ImageId, Platform } from "#oci";
import type { Hold } from "#images";
import type { BuildDeps } from "./build-deps.ts";
import type { NamedContexts } from "./context/named-contexts.ts";
import type { CacheImages } from "./cache/cache-images.ts";
import type { StepCache } from "./cache/step-cache.ts";
import type { Progress } from "./progress.ts";
import type { ConfigFacts, StageState } from "./stage-state.ts";
import type { FileTree } from "./trees/file-tree.ts";
import type { LayerFiles } from "./trees/layer-files.ts";
import type { BuildRequest } from "./types.ts";

/** One build, as all its stages see it. */
export interface Build extends ConfigFacts {
  readonly deps: BuildDeps;
  readonly request: BuildRequest;
  readonly plan: StagePlan;
  readonly buildArgs: BuildArgs;
  /** Which checks of the Dockerfile are wanted. */
  readonly check: CheckOptions;
  /** What the image is for, unless a FROM says otherwise. */
  readonly platform: Platform;
  readonly context: FileTree;
  readonly contexts: NamedContexts;
  readonly files: LayerFiles;
  readonly cache: StepCache;
  readonly cacheImages: CacheImages;
  readonly hold: Hold;
  readonly signal: AbortSignal;
  /** The time of files that a build makes of nothing. */
  readonly now: TarTime;
  /** What a stage has become, once it has. `asker` tells of it if nobody else does. */
  stage(index: number, asker: Progress): Promise<FinishedStage>;
}

export interface FinishedStage {
  readonly state: StageState;
  readonly scope: StageScope;
  /** What it is FROM. */
  readonly base: StageBase;
  /** Of the image that it is. */
  readonly id: ImageId;
}

/** How much of a stage was there before its first instruction. */
export interface StageBase {
  /** Undefined for the empty tree. */
  readonly id: ImageId | undefined;
  readonly layers: number;
  readonly history: number;
}
