import type { ContainerLog } from "#container-logs";
import type { Output, ProcessInput, RunningProcess } from "#runtime";

export type StreamName = Output["stream"];

/** Somebody who listens. */
export interface Listener {
  readonly wants: ReadonlySet<StreamName>;
  /** Resolves when more is taken. Rejects when there is nobody any more. */
  write(output: Output): Promise<void>;
}

export interface Listening {
  /** The run is over and everything of it was taken, or the listener is gone. */
  readonly ended: Promise<void>;
  leave(): void;
}

/** How often it is looked whether a process is over that is held up. */
const LOOK_MS = 250;

/** The part of a process that talks. */
export type TalkingProcess = Pick<RunningProcess, "output" | "input" | "ended" | "isGone">;

/**
 * What goes into a process and comes out of it, from run to run: to the log and to everybody who listens. Who listens and
 * does not take it holds the process up; when it is over they take the rest at their leisure.
 */
export class ProcessStreams {
  readonly log: ContainerLog | undefined;
  readonly #listeners = new Set<Seat>();
  #input = Promise.withResolvers<ProcessInput | undefined>();
  #letGo: () => void = () => undefined;

  constructor(log: ContainerLog | undefined) {
    this.log = log;
  }

  /** Of the run that goes on, or else of the next one; `undefined` when it takes none, or there will be none. */
  get input(): Promise<ProcessInput | undefined> {
    return this.#input.promise;
  }

  /** From this moment on, to the end of the run that goes on or else of the next one. */
  listen(listener: Listener): Listening {
    const seat = new Seat(listener, () => this.#listeners.delete(seat));
    this.#listeners.add(seat);
    return { ended: seat.ended, leave: () => seat.leave() };
  }

  /** Passes on everything a process says, to its end; who listens is told of that by `end`. */
  async run(process: TalkingProcess): Promise<void> {
    this.log?.begin();
    this.#input.resolve(process.input);
    let isOver = false;
    const end = (): void => {
      isOver = true;
      this.#letGo();
    };
    process.ended.then(end, end);
    for await (const output of process.output) {
      const taken = Promise.all([...this.#listeners].map((seat) => seat.take(output)));
      await this.log?.append(output);
      // What a process leaves behind is no more than its pipes hold, so from its end on nobody is waited for.
      if (!isOver) await this.#unlessLetGo(taken, () => process.isGone() && end());
    }
  }

  /** The run is over, and whoever asks finds it so: who listens or follows the log may go and look. */
  async end(): Promise<void> {
    await this.log?.finish();
    this.release();
  }

  /** Nobody will say anything (any more): whoever listens is told, and input is nobody's. */
  release(): void {
    for (const seat of this.#listeners) seat.end();
    this.#listeners.clear();
    this.#input.resolve(undefined);
    this.#input = Promise.withResolvers();
  }

  /** Not `Promise.race`: the end of a process would remember every chunk it ever said. */
  async #unlessLetGo(taken: Promise<unknown>, look: () => void): Promise<void> {
    // A runtime does not end before all is taken that its process said, and tells nobody that the process has.
    const timer = setInterval(look, LOOK_MS).unref();
    await new Promise<void>((resolve) => {
      this.#letGo = resolve;
      void taken.then(() => resolve());
    });
    clearInterval(timer);
  }
}

/** One listener's place: takes one thing after the other, and never fails. */
class Seat {
  readonly ended: Promise<void>;
  readonly #listener: Listener;
  readonly #onLeave: () => void;
  readonly #end = Promise.withResolvers<void>();
  #taking: Promise<void> = Promise.resolve();
  #hasLeft = false;

  constructor(listener: Listener, onLeave: () => void) {
    this.#listener = listener;
    this.#onLeave = onLeave;
    this.ended = this.#end.promise;
  }

  take(output: Output): Promise<void> {
    if (!this.#listener.wants.has(output.stream)) return Promise.resolve();
    this.#taking = this.#taking.then(() => this.#give(output));
    return this.#taking;
  }

  end(): void {
    void this.#taking.then(() => this.#end.resolve());
  }

  leave(): void {
    this.#hasLeft = true;
    this.#onLeave();
    this.#end.resolve();
  }

  async #give(output: Output): Promise<void> {
    if (this.#hasLeft) return;
    try {
      await this.#listener.write(output);
    } catch {
      // There is nobody to tell: who listened has gone.
      this.leave();
    }
  }
}
