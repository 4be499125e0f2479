import type { EventQueue } from "#async";
import { invalidArgument } from "#errors";
import type { FinishedStage } from "./build.ts";
import type { BuildEvent } from "./types.ts";

interface RunningStage {
  readonly progress: EventQueue<BuildEvent>;
  readonly result: Promise<FinishedStage>;
}

/** Stages at work. The first that fails ends the others, and its error is the build's. */
export class StageRuns {
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
