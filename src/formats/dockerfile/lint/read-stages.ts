import { EngineError } from "#errors";
import { formatPlatform } from "#oci";
import type { Platform } from "#oci";
import { findMountOrigin } from "../instructions/run-mount.ts";
import type { StageInstruction } from "../parse-dockerfile.ts";
import type { PlannedStage, StagePlan } from "../stages/plan-stages.ts";
import { StageScope } from "../stages/stage-scope.ts";
import type { ScopeOptions } from "../stages/stage-scope.ts";
import { at } from "../syntax/source.ts";
import type { SourceRange } from "../syntax/source.ts";
import type { KnownImage, LintOptions } from "./read-for-lint.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Among more names than that, one that is spelled alike says little. */
const MAX_NAMES = 500;

/** An image that is here, and was asked for as one for another platform. */
export interface ForeignImage {
  readonly name: string;
  readonly actual: Platform;
  readonly expected: Platform;
  readonly range: SourceRange;
}

export interface LintedStage {
  readonly index: number;
  /** The stage that this one is FROM. */
  readonly base: number | undefined;
  /** Triggers first. */
  readonly steps: readonly Step[];
  readonly foreignImages: readonly ForeignImage[];
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
  readonly #plan: StagePlan;
  readonly #scopeOptions: ScopeOptions;
  readonly #scopes = new Map<number, StageScope>();
  /** Stages whose base has variables that nobody told us. */
  readonly #unknown = new Set<number>();
  readonly #unset = new Set<string>();
  readonly #images = new Map<string, KnownImage | undefined>();

  constructor(plan: StagePlan, lintOptions: LintOptions) {
    const { options, globalArgs } = plan;
    this.#plan = plan;
    this.#options = lintOptions;
    const onUnset = (name: string): void => void this.#unset.add(name);
    this.#scopeOptions = { options, globalArgs, buildArgs: lintOptions.buildArgs, onUnset };
  }

  readInto(stages: LintedStage[], planned: readonly PlannedStage[]): void {
    for (const stage of planned) {
      if (!this.#options.isWholeFile && !stage.isNeeded) continue;
      const foreignImages: ForeignImage[] = [];
      const scope = this.#open(stage, foreignImages);
      this.#scopes.set(stage.index, scope);
      const steps: Step[] = [];
      stages.push({ index: stage.index, base: stage.base.kind === "stage" ? stage.base.index : undefined, steps, foreignImages });
      foreignImages.push(...this.#imagesOf(stage));
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

  #open({ index, base, stage, platform }: PlannedStage, foreign: ForeignImage[]): StageScope {
    if (base.kind === "stage" && this.#unknown.has(base.index)) this.#unknown.add(index);
    const inherited = base.kind === "stage" ? this.#scopes.get(base.index) : undefined;
    if (inherited !== undefined) return inherited.fork();
    const image = base.kind === "image" ? this.#image(base.name, platform, stage.from.range) : undefined;
    if (image?.foreign !== undefined) foreign.push(image.foreign);
    const env = base.kind === "scratch" ? [] : image?.env;
    if (env === undefined) this.#unknown.add(index);
    const hasPath = env?.some((entry) => entry.startsWith("PATH=")) ?? false;
    return new StageScope([...(env ?? []), ...(hasPath ? [] : [DEFAULT_PATH])], this.#scopeOptions);
  }

  /** What is copied and mounted from images. */
  *#imagesOf({ index, stage, platform }: PlannedStage): Generator<ForeignImage> {
    for (const instruction of stage.instructions) {
      for (const from of originsOf(instruction)) {
        const source = this.#plan.sourceOf(from, index);
        const image = source.kind === "image" ? this.#image(source.name, platform, instruction.range) : undefined;
        if (image?.foreign !== undefined) yield image.foreign;
      }
    }
  }

  #image(name: string, platform: Platform | undefined, range: SourceRange) {
    const expected = platform ?? this.#options.platforms.target;
    const image = this.#known(name, expected);
    if (image === undefined) return undefined;
    return { env: image.env, foreign: isForeign(image.platform, expected) ? { name, actual: image.platform, expected, range } : undefined };
  }

  #known(name: string, platform: Platform): KnownImage | undefined {
    const key = `${formatPlatform(platform)} ${name}`;
    const found = this.#images.has(key) ? this.#images.get(key) : this.#options.imageOf?.(name, platform);
    this.#images.set(key, found);
    return found;
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

/** Variants do not count. */
export function isForeign(actual: Platform, expected: Platform): boolean {
  return actual.os !== expected.os || actual.architecture !== expected.architecture;
}

/** Of a stage's files everything but its base. */
function originsOf(instruction: StageInstruction): readonly string[] {
  if (instruction.keyword === "COPY") return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.keyword !== "RUN") return [];
  return instruction.mounts.map((text) => findMountOrigin(text).from).filter((from) => from !== "");
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf("="));
}

function expandAll(scope: StageScope, instruction: StageInstruction): StageInstruction {
  if (instruction.keyword === "RUN") scope.mounts(instruction);
  return scope.expand(instruction);
}
