import { Pace } from "#async";
import { parseTrigger } from "#dockerfile";
import type { PairsInstruction, Placed, PlannedStage, SourceRange, StageInstruction, StageScope } from "#dockerfile";
import type { TarTime } from "#archive";
import { EngineError, throwIfAborted } from "#errors";
import { digestOf } from "#oci";
import type { ImageId } from "#oci";
import { checkStepCount } from "./lay-out.ts";
import type { Build, FinishedStage, StageBase } from "./build.ts";
import type { BuildDeps } from "./build-deps.ts";
import type { IsSame } from "./cache/cache-images.ts";
import { cacheKey } from "./cache/cache-key.ts";
import type { StepParts } from "./cache/step-parts.ts";
import type { CachedLayer, StepCache } from "./cache/step-cache.ts";
import type { Progress } from "./progress.ts";
import { emptyScope, takeBase } from "./stage-base.ts";
import { filesFrom } from "./stage-files.ts";
import type { FilesFrom } from "./stage-files.ts";
import { emptyState, isEmpty, lineageOf, withConfig, withLayer, writeConfig } from "./stage-state.ts";
import type { StageState } from "./stage-state.ts";
import { runAdd } from "./steps/add-step.ts";
import { applyConfig } from "./steps/apply-config.ts";
import { copyContext } from "./steps/context-layer.ts";
import { runCopy } from "./steps/copy-step.ts";
import { describeArgs, describeCopy, describeRun } from "./steps/describe.ts";
import { runCommand } from "./steps/run-step.ts";
import { newStepId } from "./steps/step-id.ts";
import { runWorkdir } from "./steps/workdir-step.ts";
import type { FileTree } from "./trees/file-tree.ts";
import { identityOf } from "./trees/layer-files.ts";

/** One stage while it is built: what its steps see, and what they have made so far. */
export class StageRun {
  readonly build: Build;
  readonly progress: Progress;
  readonly #planned: PlannedStage;
  readonly #labels: readonly PairsInstruction[];
  readonly #total: number;
  /** Thousands of steps that wait for nothing must not keep others waiting. */
  readonly #pace = new Pace();
  #next: number;
  #state: StageState;
  #scope: StageScope;
  #lastRecord: string | undefined;
  /** Where the step under way stands. */
  #range: SourceRange;
  /** What the history will say of the step under way. */
  #createdBy = "";

  /** @param first number of the stage's own FROM among all steps. */
  constructor(build: Build, planned: PlannedStage, { first, total, progress, labels }: StageStart) {
    this.build = build;
    this.progress = progress;
    this.#planned = planned;
    this.#range = planned.stage.from.range;
    this.#labels = labels;
    this.#total = total;
    this.#next = first;
    this.#state = emptyState(build.platform);
    this.#scope = emptyScope(build);
  }

  get deps(): BuildDeps {
    return this.build.deps;
  }

  get cache(): StepCache {
    return this.build.cache;
  }

  get context(): FileTree {
    return this.build.context;
  }

  get now(): TarTime {
    return this.build.now;
  }

  get state(): StageState {
    return this.#state;
  }

  get scope(): StageScope {
    return this.#scope;
  }

  /** The cache record of the last step that made a layer. */
  get lastRecord(): string | undefined {
    return this.#lastRecord;
  }

  /** The layer of the step under way, if an image has it that may be used as a cache. */
  findInImages(isSame: IsSame): Promise<CachedLayer | undefined> {
    return this.build.cacheImages.find(this.#state, this.#createdBy, isSame);
  }

  /** The layer of a command that an image with an inline cache knows by this key. */
  findCommandInImages(key: string): CachedLayer | undefined {
    return this.build.cacheImages.findCommand(this.#state, key);
  }

  /** Says why a step made of these was not found, if somebody wants to know. */
  tellMiss(description: string, parts: StepParts): void {
    if (this.build.request.explain === true) this.progress.put({ type: "missed", reason: this.cache.explain(description, parts) });
  }

  /** What those files are known by: enough for a step that is found again. */
  get below(): string {
    return identityOf(this.#state.layers);
  }

  /** The files of the stage as the last step has left them. */
  tree(): Promise<FileTree> {
    return this.build.files.tree(this.#state.layers);
  }

  filesFrom(from: string): Promise<FilesFrom> {
    return filesFrom(this.build, this.#planned, from, { progress: this.progress, range: this.#range });
  }

  async run(): Promise<FinishedStage> {
    this.#announce(this.#planned.stage.from.text);
    const base = await this.#begin();
    const { instructions } = this.#planned.stage;
    for (const [index, instruction] of instructions.entries()) {
      const isLast = index + 1 === instructions.length && this.#labels.length === 0;
      await this.#tell(instruction.text, isLast, () => this.#at(instruction, () => this.#apply(this.#scope.expand(instruction))));
    }
    for (const [index, label] of this.#labels.entries()) {
      await this.#tell(label.text, index + 1 === this.#labels.length, () => this.#apply(label));
    }
    const id = this.#id();
    if (!isEmpty(this.#state)) this.progress.put({ type: "stage", id });
    return { state: this.#state, scope: this.#scope, base, id };
  }

  /** What is between two steps is no image, and its number only says whether it is the same again. */
  async #tell(text: string, isLast: boolean, work: () => Promise<void>): Promise<void> {
    await this.#goOn();
    this.#announce(text);
    await work();
    this.progress.put({ type: "result", id: isLast ? this.#id() : this.#state.lineage });
  }

  /** @throws cancelled */
  async #goOn(): Promise<void> {
    if (this.#pace.isDue) await this.#pace.rest();
    throwIfAborted(this.build.signal);
  }

  async #begin(): Promise<StageBase> {
    const { stage } = this.#planned;
    const { state, scope, id, triggers, files } = await takeBase(this.build, this.#planned, this.progress);
    this.#state = state;
    this.#scope = scope;
    if (files !== undefined) this.#layer(await copyContext(this, files.name, files.tree), `FROM ${files.name} # context`);
    const { layers, history, config } = this.#state;
    const base = { id, layers: layers.length, history: history.length };
    if (triggers.length > 0) {
      checkStepCount(triggers.length);
      const { OnBuild: _, ...rest } = config;
      this.#state = { ...this.#state, config: rest };
      this.progress.put({ type: "triggers", count: triggers.length });
      for (const trigger of triggers) {
        await this.#goOn();
        await this.#at(stage.from, () => this.#apply(this.#scope.expand(parseTrigger(trigger))));
      }
    }
    this.progress.put({ type: "result", id: triggers.length > 0 ? this.#state.lineage : id });
    return base;
  }

  /** What is wrong with a step has the place of its instruction; with a trigger, that of the FROM which brought it. */
  async #at({ range }: Placed, step: () => Promise<void>): Promise<void> {
    this.#range = range;
    try {
      await step();
    } catch (error) {
      if (!(error instanceof EngineError) || error.details?.["range"] !== undefined) throw error;
      throw new EngineError(error.kind, error.message, { cause: error, details: { ...error.details, range } });
    }
  }

  async #apply(instruction: StageInstruction): Promise<void> {
    switch (instruction.keyword) {
      case "ARG":
        return this.#configure(withConfig(this.#state, this.#state.config, `ARG ${describeArgs(instruction.args)}`), instruction);
      case "COPY":
        return this.#make(`${describeCopy(instruction)} # buildkit`, () => runCopy(this, instruction));
      case "ADD":
        return this.#make(`${describeCopy(instruction)} # buildkit`, () => runAdd(this, instruction));
      case "WORKDIR": {
        const after = applyConfig(this.#state, instruction, []);
        const made = await this.#attempt(after.history.at(-1)?.created_by ?? "", () => runWorkdir(this, instruction));
        if (made === undefined) return this.#configure(after, instruction);
        this.#state = { ...this.#state, config: after.config };
        return this.#layer(made, this.#createdBy);
      }
      case "RUN": {
        const described = describeRun(instruction, this.#scope.args, this.#state.config);
        return this.#make(`RUN ${described} # buildkit`, () => runCommand(this, instruction));
      }
      default:
        return this.#configure(applyConfig(this.#state, instruction, this.#scope.env), instruction);
    }
  }

  async #make(createdBy: string, step: () => Promise<CachedLayer>): Promise<void> {
    this.#layer(await this.#attempt(createdBy, step), createdBy);
  }

  /** The step may look for itself in other images, where it goes by what the history says. */
  #attempt<T>(createdBy: string, step: () => Promise<T>): Promise<T> {
    this.#createdBy = createdBy;
    return step();
  }

  #configure(state: StageState, instruction: StageInstruction): void {
    // Its meaning counts, not how and where it was written.
    const { range: _, text: __, word: ___, ...meaning } = { ...instruction, isLegacy: undefined };
    const lineage = lineageOf("config", state.lineage, state.history.at(-1)?.created_by, meaning);
    this.#state = { ...state, lineage };
    const key = cacheKey("config", lineage);
    if (this.cache.hasStep(key)) {
      this.progress.put({ type: "cached" });
      return;
    }
    const running = newStepId();
    this.progress.put({ type: "running", id: running });
    this.progress.put({ type: "ran", id: running });
    this.cache.keepStep(key, state.history.at(-1)?.created_by ?? "", this.#lastRecord);
  }

  #layer({ layer, created, recordId }: CachedLayer, createdBy: string): void {
    this.#lastRecord = recordId;
    this.#state = withLayer(this.#state, layer, createdBy, this.build.epoch ?? created);
  }

  #id(): ImageId {
    return digestOf(writeConfig(this.#state, this.build));
  }

  #announce(text: string): void {
    this.progress.put({ type: "step", number: this.#next, total: this.#total, text });
    this.#next += 1;
  }
}

export interface StageStart {
  readonly first: number;
  /** Steps of the whole build. */
  readonly total: number;
  readonly progress: Progress;
  /** Said after the stage's own instructions, as they are. */
  readonly labels: readonly PairsInstruction[];
}
