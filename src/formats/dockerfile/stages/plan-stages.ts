import { invalidArgument } from "#errors";
import { parsePlatform } from "#oci";
import type { Platform } from "#oci";
import { expandWord } from "../expansion/expand-word.ts";
import type { ExpandOptions } from "../expansion/expand-word.ts";
import { parseTrigger } from "../parse-dockerfile.ts";
import type { Dockerfile, Stage, StageInstruction } from "../parse-dockerfile.ts";
import { at } from "../syntax/source.ts";
import { createWorkBudget } from "../values/work-budget.ts";
import type { BuildArgs } from "./build-args.ts";
import { refuseCycles } from "./dependencies.ts";
import type { Dependency } from "./dependencies.ts";
import { evaluateGlobalArgs, platformArgs } from "./global-args.ts";
import type { Platforms } from "./global-args.ts";
import { StageNames } from "./stage-names.ts";
import type { StageSource } from "./stage-names.ts";
import { dependenciesOf } from "./stage-sources.ts";

/** An instruction is more work to read than its characters are. */
const UNITS_PER_TRIGGER = 256;

export interface PlanOptions {
  /** A stage's name, in any case; without one, or empty: the last stage. */
  readonly target?: string;
  readonly buildArgs: BuildArgs;
  readonly platforms: Platforms;
  /** Names of further contexts, as `contextName()` gives them. They go before images, and one with a stage's name before the stage. */
  readonly contexts?: ReadonlySet<string>;
}

export interface PlannedStage {
  readonly index: number;
  readonly stage: Stage;
  /** Its name, or `stage-N`; empty when it is the only one and has none. */
  readonly displayName: string;
  readonly base: StageSource;
  /** What the stage that it is FROM left for it, placed at FROM; an image's triggers are the caller's to find. */
  readonly triggers: readonly StageInstruction[];
  /** FROM's own. Without one an image is for the target's platform; a stage that is FROM another always has that one's. */
  readonly platform?: Platform;
  /** Some stage that is built needs it, or it is the target. */
  readonly isNeeded: boolean;
}

export interface StagePlan {
  /** All of the file, in its order. Whatever a needed stage needs comes before it. */
  readonly stages: readonly PlannedStage[];
  readonly target: PlannedStage;
  /** The arguments that FROM sees, and a bare ARG in a stage inherits. */
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly options: ExpandOptions;
  /**
   * What `COPY --from` or a mount's `from` in the stage at `index` means.
   *
   * @throws invalid-argument for a number that no stage has, for a stage that does not come before, and for a variable.
   */
  sourceOf(from: string, index: number): StageSource;
}

/**
 * Decides what each FROM means and which stages have to be built. All stages are checked, needed or not: their bases,
 * their numbers, their circles.
 *
 * @throws invalid-argument in BuildKit's words; `details.range` says where.
 */
export function planStages(dockerfile: Dockerfile, { target: wanted = "", buildArgs, platforms, contexts }: PlanOptions): StagePlan {
  const options: ExpandOptions = { escape: dockerfile.escape, budget: createWorkBudget() };
  const names = new StageNames(dockerfile.stages, contexts);
  const asBuilt = dockerfile.stages.map((stage, index) =>
    names.replacement(index) === undefined ? stage : { ...stage, instructions: [] },
  );
  const globalArgs = planGlobalArgs(dockerfile, { target: wanted, buildArgs, platforms }, options);
  const triggers = asBuilt.map(({ instructions }) => triggersIn(instructions));
  const drafts = asBuilt.map((stage, index) => {
    const from = at(stage.from.range, () => names.base(expandBase(stage, globalArgs, options), index));
    const base = names.replacement(index) ?? from;
    const platform = at(stage.from.range, () => expandPlatform(stage, globalArgs, platforms.build, options));
    const fired = base.kind === "stage" ? fire(triggers[base.index] ?? [], stage, options) : [];
    const displayName = names.display(index);
    return { index, stage, triggers: fired, displayName, base, ...(platform !== undefined && { platform }) };
  });
  for (const { instructions } of dockerfile.stages) consumeArgs(instructions, buildArgs);
  const dependencies = drafts.map((draft) => dependenciesOf(draft, names));
  const targetIndex = names.target(wanted);
  refuseCycles(dependencies, names);
  const needed = reach(targetIndex, dependencies, names);
  const stages = drafts.map((draft) => ({ ...draft, isNeeded: needed.has(draft.index) }));
  const target = stages[targetIndex];
  if (target === undefined) throw invalidArgument("dockerfile contains no stages to build");
  return { stages, target, globalArgs, options, sourceOf: (from, index) => names.source(from, index) };
}

/** What FROM sees: the arguments that every build has, and those before the first FROM. */
export function planGlobalArgs(
  { globalArgs, stages }: Dockerfile,
  { target = "", buildArgs, platforms }: PlanOptions,
  options: ExpandOptions,
): ReadonlyMap<string, string> {
  const targetStage = target === "" ? (stages.at(-1)?.from.stageName ?? "default") : target;
  return evaluateGlobalArgs(globalArgs, platformArgs(platforms, targetStage), buildArgs, options);
}

function triggersIn(instructions: Stage["instructions"]): readonly string[] {
  return instructions.flatMap((instruction) => (instruction.keyword === "ONBUILD" ? [instruction.trigger] : []));
}

/** Any number of stages may be FROM one with any number of triggers, so that each costs, though no variable is replaced. */
function fire(triggers: readonly string[], { from }: Stage, { budget }: ExpandOptions): readonly StageInstruction[] {
  const parse = (trigger: string): StageInstruction => {
    budget.spend(UNITS_PER_TRIGGER + trigger.length);
    return parseTrigger(trigger);
  };
  return triggers.map((trigger) => ({ ...at(from.range, () => parse(trigger)), range: from.range }));
}

function expandBase({ from }: Stage, globalArgs: ReadonlyMap<string, string>, options: ExpandOptions): string {
  const image = expandWord(from.image, globalArgs, options);
  if (image === "") throw invalidArgument(`base name (${from.image}) should not be blank`);
  return image;
}

function expandPlatform(
  { from }: Stage,
  globalArgs: ReadonlyMap<string, string>,
  host: Platform,
  options: ExpandOptions,
): Platform | undefined {
  const { platform } = from;
  if (platform === undefined || platform === "") return undefined;
  const expanded = expandWord(platform, globalArgs, options);
  if (expanded === "") throw invalidArgument(`empty platform value from expression ${platform}`);
  return at(
    from.range,
    () => parsePlatform(expanded, host),
    (message) => `failed to parse platform ${platform}: ${message}`,
  );
}

/** An argument that only a stage without need declares was not given in vain. */
function consumeArgs(instructions: Stage["instructions"], buildArgs: BuildArgs): void {
  for (const instruction of instructions) {
    if (instruction.keyword !== "ARG") continue;
    for (const { name } of instruction.args) buildArgs.consume(name);
  }
}

/** A needed stage may only look back; what others look at does not matter. */
function reach(target: number, dependencies: readonly (readonly Dependency[])[], names: StageNames): ReadonlySet<number> {
  const needed = new Set([target]);
  // A set that grows under iteration is walked to its new end.
  for (const index of needed) {
    for (const dependency of dependencies[index] ?? []) {
      at(dependency.range, () => names.refuseForward(dependency, index));
      needed.add(dependency.stage);
    }
  }
  return needed;
}
