import { EngineError } from "#errors";
import type { StageInstruction } from "../parse-dockerfile.ts";
import type { PlannedStage, StagePlan } from "../stages/plan-stages.ts";
import { StageScope } from "../stages/stage-scope.ts";
import type { ScopeOptions } from "../stages/stage-scope.ts";
import { at } from "../syntax/source.ts";
import type { LintOptions } from "./read-for-lint.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Among more names than that, one that is spelled alike says little. */
const MAX_NAMES = 500;

export interface LintedStage {
  readonly index: number;
  /** The stage that this one is FROM. */
  readonly base: number | undefined;
  /** Triggers first. */
  readonly steps: readonly Step[];
}

export interface Step {
  readonly instruction: StageInstruction;
  /** Absent where it cannot be expanded: that is the last step of its stage. */
  readonly expanded?: StageInstruction;
  /** Variables that nobody set; none where the environment of the base is not known. */
  readonly unset: readonly string[];
  /** The names that were set before this step. */
  readonly names: () => readonly string[];
}

/** Fills `stages`, so that what was read before a mistake is there when it is thrown. */
export class StageReader {
  readonly #options: LintOptions;
  readonly #scopeOptions: ScopeOptions;
  readonly #scopes = new Map<number, StageScope>();
  /** Stages whose base has variables that nobody told us. */
  readonly #unknown = new Set<number>();
  readonly #unset = new Set<string>();

  constructor({ options, globalArgs }: StagePlan, lintOptions: LintOptions) {
    this.#options = lintOptions;
    const onUnset = (name: string): void => void this.#unset.add(name);
    this.#scopeOptions = { options, globalArgs, buildArgs: lintOptions.buildArgs, onUnset };
  }

  readInto(stages: LintedStage[], planned: readonly PlannedStage[]): void {
    for (const stage of planned) {
      if (!this.#options.isWholeFile && !stage.isNeeded) continue;
      const scope = this.#open(stage);
      this.#scopes.set(stage.index, scope);
      const steps: Step[] = [];
      stages.push({ index: stage.index, base: stage.base.kind === "stage" ? stage.base.index : undefined, steps });
      this.#readSteps(stage, scope, steps);
    }
  }

  /** What cannot be expanded here may well be when it is known what the base image sets. */
  #readSteps(stage: PlannedStage, scope: StageScope, steps: Step[]): void {
    try {
      for (const instruction of [...stage.triggers, ...stage.stage.instructions]) this.#read(instruction, stage, scope, steps);
    } catch (error) {
      if (!(error instanceof EngineError) || !this.#unknown.has(stage.index)) throw error;
    }
  }

  #open({ index, base, ...stage }: PlannedStage): StageScope {
    if (base.kind === "stage" && this.#unknown.has(base.index)) this.#unknown.add(index);
    const inherited = base.kind === "stage" ? this.#scopes.get(base.index) : undefined;
    if (inherited !== undefined) return inherited.fork();
    const env = base.kind === "scratch" ? [] : this.#options.environmentOf?.({ index, base, ...stage });
    if (env === undefined) this.#unknown.add(index);
    const hasPath = env?.some((entry) => entry.startsWith("PATH=")) ?? false;
    return new StageScope([...(env ?? []), ...(hasPath ? [] : [DEFAULT_PATH])], this.#scopeOptions);
  }

  #read(instruction: StageInstruction, { index }: PlannedStage, scope: StageScope, steps: Step[]): void {
    const size = Math.min(scope.environment.length, MAX_NAMES);
    const names = (): readonly string[] =>
      scope.environment
        .slice(0, size)
        .map(nameOf)
        .filter((name) => name !== "");
    let expanded: StageInstruction | undefined;
    this.#unset.clear();
    try {
      expanded = at(instruction.range, () => expandAll(scope, instruction));
    } finally {
      const isSilent = this.#unknown.has(index) || instruction.keyword === "EXPOSE";
      const unset = isSilent ? [] : [...this.#unset].filter((name) => !scope.declares(name));
      steps.push({ instruction, unset, names, ...(expanded !== undefined && { expanded }) });
    }
  }
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf("="));
}

function expandAll(scope: StageScope, instruction: StageInstruction): StageInstruction {
  if (instruction.keyword === "RUN") scope.mounts(instruction);
  return scope.expand(instruction);
}
