import { EventQueue } from "#async";
import { internal } from "#errors";
import type { FinishedStage } from "./build.ts";
import type { Progress } from "./progress.ts";
import type { BuildEvent } from "./types.ts";

interface RunningStage {
  readonly progress: Progress;
  readonly result: Promise<FinishedStage>;
}

/** Builds one stage, telling of it as it goes. */
type RunStage = (progress: Progress) => Promise<FinishedStage>;

/** Stages at work. The first that fails ends the others, and its error is the build's. */
export class StageRuns implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #running = new Map<number, RunningStage>();
  readonly #late = new Map<number, RunningStage>();
  readonly signal: AbortSignal;
  #failure: { readonly error: unknown } | undefined;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#abort.signal]);
  }

  /** To be called in order, so that whoever a stage asks for is at work already. */
  start(index: number, run: RunStage): void {
    this.#running.set(index, this.#begin(run));
  }

  async started(index: number): Promise<FinishedStage> {
    const running = this.#running.get(index);
    if (running === undefined) throw internal(`stage ${index} was not started`);
    return running.result;
  }

  /** What a stage has become. One that nobody started is told of by `asker`: what a base image wants is known late. */
  async result(index: number, run: RunStage, asker: Progress): Promise<FinishedStage> {
    const known = this.#running.get(index) ?? this.#late.get(index);
    if (known !== undefined) return known.result;
    const late = this.#begin(run);
    this.#late.set(index, late);
    for await (const event of late.progress.during(late.result)) asker.put(event);
    return late.result;
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

  /** Ends what still runs, for whoever has stopped listening; resolves when nothing does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled([...this.#running.values(), ...this.#late.values()].map(({ result }) => result));
  }

  #begin(run: RunStage): RunningStage {
    const progress: Progress = new EventQueue();
    const result = run(progress);
    result.catch((error: unknown) => {
      this.#failure ??= { error };
      this.#abort.abort(error);
    });
    return { progress, result };
  }
}
