import { BuildArgs, planStages, readCheckOptions } from "#dockerfile";
import type { Dockerfile, Ignore } from "#dockerfile";
import type { Hold } from "#images";
import { formatPlatform } from "#oci";
import type { Platform, Reference } from "#oci";
import type { Build, FinishedStage } from "./build.ts";
import { timeOfBuild } from "./build-time.ts";
import type { BuildDeps } from "./build-deps.ts";
import { CacheImages } from "./cache/cache-images.ts";
import { wantsInlineCache } from "./cache/inline-cache.ts";
import { StepCache } from "./cache/step-cache.ts";
import { giveFiles } from "./result/give-files.ts";
import { recordBuild } from "./result/record-build.ts";
import type { BuildResult } from "./result/record-build.ts";
import { squash } from "./result/squash.ts";
import { checkDockerfile } from "./check-dockerfile.ts";
import { layOut, layOutLate } from "./lay-out.ts";
import type { StageSteps } from "./lay-out.ts";
import type { Progress } from "./progress.ts";
import { StageRuns } from "./stage-runs.ts";
import { StageRun } from "./stage-run.ts";
import type { NamedContexts } from "./context/named-contexts.ts";
import type { FoundDockerfile } from "./context/find-dockerfile.ts";
import type { FileTree } from "./trees/file-tree.ts";
import { LayerFiles } from "./trees/layer-files.ts";
import type { BuildEvent, BuildRequest } from "./types.ts";

export interface BuildOrder {
  readonly request: BuildRequest;
  readonly dockerfile: Dockerfile;
  /** The Dockerfile's own text and place. */
  readonly found: FoundDockerfile;
  readonly ignore: Ignore;
  readonly context: FileTree;
  readonly contexts: NamedContexts;
  readonly signal: AbortSignal;
  readonly tags: readonly Reference[];
  /** What the image is for: at least one. */
  readonly platforms: readonly Platform[];
}

/** What one platform has come to. */
interface BuiltPlatform {
  readonly build: Build;
  readonly finished: FinishedStage;
}

/** Builds for one platform after the other, and makes one image of them all. */
export async function* runBuild(deps: BuildDeps, order: BuildOrder): AsyncGenerator<BuildEvent> {
  const { request, tags, platforms } = order;
  using hold = deps.holds.take();
  await using files = new LayerFiles(deps);
  const built: BuiltPlatform[] = [];
  for (const platform of platforms) {
    if (platforms.length > 1) yield { type: "platform", platform: formatPlatform(platform) };
    const one = yield* runPlatform(deps, order, { platform, hold, files });
    if (one !== undefined) built.push(one);
  }
  const [first] = built;
  if (first === undefined) return;
  if (request.output === "files") {
    yield* giveFiles(first.build, first.finished.state);
    return;
  }
  const results: BuildResult[] = [];
  for (const { build, finished } of built) {
    results.push({ state: request.squash === true ? await squash(build, finished) : finished.state, facts: build });
  }
  yield* recordBuild(first.build, results, tags);
}

interface PlatformStart {
  readonly platform: Platform;
  readonly hold: Hold;
  readonly files: LayerFiles;
}

/** Builds the stages that are needed, side by side where they can be, and tells of them one after the other. */
async function* runPlatform(
  deps: BuildDeps,
  order: BuildOrder,
  { platform, hold, files }: PlatformStart,
): AsyncGenerator<BuildEvent, BuiltPlatform | undefined> {
  const { request, dockerfile, contexts } = order;
  const buildArgs = new BuildArgs(request.buildArgs ?? {});
  const platforms = { build: deps.hostPlatform, target: platform };
  const planning = { buildArgs, platforms, contexts: contexts.names, ...(request.target !== undefined && { target: request.target }) };
  const plan = planStages(dockerfile, planning);
  const check = readCheckOptions(order.found.text, buildArgs);
  yield* checkDockerfile(deps, order, planning, check);
  if (request.checkOnly === true) return undefined;
  const steps = layOut(dockerfile, plan, request.labels ?? {});
  yield* steps.globalArgs;

  const cache = new StepCache(deps, { files, hold, isOff: request.noCache === true });
  const time = timeOfBuild(buildArgs, deps.now());
  const cacheFrom = request.noCache === true ? [] : (request.cacheFrom ?? []);
  const cacheImages = yield* CacheImages.open(cacheFrom, { deps, request, hold, platform, signal: order.signal });
  const stages = new StageRuns(order.signal);
  const build: Build = {
    deps,
    request,
    plan,
    buildArgs,
    platform,
    context: order.context,
    contexts,
    files,
    cache,
    cacheImages,
    hold,
    signal: stages.signal,
    ...time,
    check,
    hasInlineCache: wantsInlineCache(buildArgs) && request.squash !== true,
    now: { seconds: Math.floor(Date.parse(time.created) / 1000), nanoseconds: 0 },
    stage: (index, asker) => stages.result(index, (progress) => runStage(build, layOutLate(plan, index), progress), asker),
  };
  for (const step of steps.stages) stages.start(step.planned.index, (progress) => runStage(build, step, progress));
  try {
    yield* stages.told();
  } finally {
    await stages[Symbol.asyncDispose]();
    // What was done is found again, however the rest of the build went.
    await cache.settled();
  }
  const finished = await stages.started(plan.target.index);
  if (buildArgs.unconsumed.length > 0) yield { type: "unconsumed", names: buildArgs.unconsumed };
  return { build, finished };
}

function runStage(build: Build, step: StageSteps, progress: Progress): Promise<FinishedStage> {
  return new StageRun(build, step.planned, { ...step, progress }).run();
}
