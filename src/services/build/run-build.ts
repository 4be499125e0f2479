import { EventQueue } from "#async";
import { BuildArgs, lintDockerfile, planStages, readCheckOptions } from "#dockerfile";
import type { Dockerfile, Ignore, PairsInstruction, PlannedStage, StagePlan } from "#dockerfile";
import { invalidArgument } from "#errors";
import type { Reference } from "#oci";
import type { Build, FinishedStage } from "./build.ts";
import type { BuildDeps } from "./build-deps.ts";
import { StepCache } from "./cache/step-cache.ts";
import { recordBuild } from "./result/record-build.ts";
import { StageRun } from "./stage-run.ts";
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
  readonly signal: AbortSignal;
  readonly tags: readonly Reference[];
}

/** Builds the stages that are needed, side by side where they can be, and tells of them one after the other. */
export async function* runBuild(deps: BuildDeps, order: BuildOrder): AsyncGenerator<BuildEvent> {
  const { request, dockerfile, tags, found, ignore } = order;
  const buildArgs = new BuildArgs(request.buildArgs ?? {});
  const platform = request.platform ?? deps.hostPlatform;
  const platforms = { build: deps.hostPlatform, target: platform };
  const planning = { buildArgs, platforms, ...(request.target !== undefined && { target: request.target }) };
  const plan = planStages(dockerfile, planning);
  const check = readCheckOptions(found.text, buildArgs);
  const { warnings, error } = lintDockerfile(dockerfile, check, { ...planning, ignore, isWholeFile: request.checkOnly === true });
  if (error !== undefined) throw error;
  for (const finding of warnings) yield { type: "finding", finding };
  if (request.checkOnly === true) return;
  const steps = layOut(dockerfile, plan, request.labels ?? {});
  yield* steps.globalArgs;

  using hold = deps.holds.take();
  await using files = new LayerFiles(deps);
  const cache = new StepCache(deps, { files, hold, isOff: request.noCache === true });
  const time = timeOf(buildArgs, deps.now());
  const stages = new StageRuns(order.signal);
  const build: Build = {
    deps,
    request,
    plan,
    buildArgs,
    platform,
    context: order.context,
    files,
    cache,
    hold,
    signal: stages.signal,
    now: { seconds: Math.floor(time.getTime() / 1000), nanoseconds: 0 },
    created: time.toISOString(),
    stage: (index) => stages.result(index),
  };
  for (const step of steps.stages) {
    const progress = new EventQueue<BuildEvent>();
    const run = new StageRun(build, step.planned, { ...step, progress });
    stages.start(step.planned.index, progress, () => run.run());
  }
  try {
    yield* stages.told();
  } finally {
    // What was done is found again, however the rest of the build went.
    await cache.settled();
  }
  const finished = await stages.result(plan.target.index);
  if (buildArgs.unconsumed.length > 0) yield { type: "unconsumed", names: buildArgs.unconsumed };
  yield* recordBuild(build, finished.state, tags);
}

interface StageSteps {
  readonly planned: PlannedStage;
  readonly first: number;
  readonly total: number;
  /** Of the request: said after the stage's own instructions, as they are. */
  readonly labels: readonly PairsInstruction[];
}

/** Numbers all steps through: ARGs before the first stage, each stage's FROM and instructions, labels of the request. */
function layOut(
  { globalArgs }: Dockerfile,
  { stages, target }: StagePlan,
  labels: Readonly<Record<string, string>>,
): { readonly globalArgs: BuildEvent[]; readonly stages: StageSteps[] } {
  const needed = stages.filter(({ isNeeded }) => isNeeded);
  const added = labelSteps(labels);
  const count = needed.reduce((sum, { stage }) => sum + 1 + stage.instructions.length, globalArgs.length);
  const total = count + added.length;
  let first = globalArgs.length + 1;
  const laidOut = needed.map((planned) => {
    const steps = { planned, first, total, labels: planned === target ? added : [] };
    first += 1 + planned.stage.instructions.length;
    return steps;
  });
  return {
    globalArgs: globalArgs.map(({ text }, index) => ({ type: "step", number: index + 1, total, text })),
    stages: laidOut,
  };
}

/** One step per label, by name; their values are no Dockerfile and nothing in them is expanded. */
function labelSteps(labels: Readonly<Record<string, string>>): readonly PairsInstruction[] {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => ({
    keyword: "LABEL",
    word: "LABEL",
    text: `LABEL ${key}=${value}`,
    range: { start: 0, end: 0 },
    isLegacy: false,
    pairs: [{ key, value }],
  }));
}

/** SOURCE_DATE_EPOCH makes builds of different times alike. */
function timeOf(buildArgs: BuildArgs, now: Date): Date {
  const epoch = buildArgs.get("SOURCE_DATE_EPOCH");
  if (epoch === undefined || epoch === "") return now;
  const seconds = /^-?[0-9]{1,12}$/.test(epoch) ? Number(epoch) : Number.NaN;
  if (Number.isNaN(seconds)) throw invalidArgument(`invalid SOURCE_DATE_EPOCH: ${epoch}`);
  return new Date(seconds * 1000);
}

interface RunningStage {
  readonly progress: EventQueue<BuildEvent>;
  readonly result: Promise<FinishedStage>;
}

/** Stages at work. The first that fails ends the others, and its error is the build's. */
class StageRuns {
  readonly #abort = new AbortController();
  readonly #running = new Map<number, RunningStage>();
  readonly signal: AbortSignal;
  #failure: { readonly error: unknown } | undefined;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#abort.signal]);
  }

  /** Stages are started in order, so that whoever a stage asks for is at work already. */
  start(index: number, progress: EventQueue<BuildEvent>, run: () => Promise<FinishedStage>): void {
    const result = run();
    this.#running.set(index, { progress, result });
    result.catch((error: unknown) => {
      this.#failure ??= { error };
      this.#abort.abort(error);
    });
  }

  async result(index: number): Promise<FinishedStage> {
    const running = this.#running.get(index);
    if (running === undefined) throw invalidArgument(`invalid stage index ${index}`);
    return running.result;
  }

  /** What the stages tell, each in one piece. Ends when all of them have ended. */
  async *told(): AsyncGenerator<BuildEvent> {
    for (const { progress, result } of this.#running.values()) {
      const ended = result.then(
        () => undefined,
        () => undefined,
      );
      yield* progress.during(ended);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
