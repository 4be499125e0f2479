import { createLimit } from "#async";
import type { ContainerRecord, ContainerRecords, ContainerState } from "#container-records";
import { cancelled } from "#errors";
import type { RunningContainer } from "#runtime";
import { noSuchContainer } from "./errors.ts";
import type { HealthMonitor } from "./health/health-monitor.ts";
import { openStreams } from "./streams/open-streams.ts";
import type { ProcessStreams } from "./streams/process-streams.ts";

export interface Ending {
  readonly exitCode: number;
}

/** What somebody waits for. */
export type WaitCondition = "not-running" | "next-exit" | "removed";

/**
 * One container, from its creation to its removal: its record, the process while there is one, and everybody who waits
 * for what becomes of it. Whoever changes its state does so in its turn.
 */
export class Container {
  readonly id: string;
  /** To freeze it and to let it go on, one after the other, also beside changes of state. */
  readonly freezing = createLimit(1);
  /** Its input and output, from run to run. */
  readonly streams: ProcessStreams;
  readonly #turns = createLimit(1);
  readonly #records: ContainerRecords;
  readonly #warn: (message: string) => void;
  /** Of the record, one after the other. */
  readonly #writing = createLimit(1);
  #record: ContainerRecord;
  readonly #exitWaiters = new Set<(ending: Ending) => void>();
  readonly #removalWaiters = new Set<(ending: Ending) => void>();
  /** While it runs. */
  process: RunningContainer | undefined;
  /** Of the last run: everybody has been told of its end. It says so itself a moment before. */
  over: Promise<unknown> = Promise.resolve();
  /** Since its first start, when somebody asked for it. */
  health: HealthMonitor | undefined;
  /** It ends and begins again: whoever removes what has ended waits. */
  isRestarting = false;
  /** A removal has begun; nothing else will. */
  isBeingRemoved = false;
  isRemoved = false;

  constructor(record: ContainerRecord, records: ContainerRecords, warn: (message: string) => void) {
    this.id = record.id;
    this.#record = record;
    this.#records = records;
    this.#warn = warn;
    this.streams = openStreams(record, { folder: records.folder(record.id), warn });
  }

  /** As it is now; another object after every change. */
  get record(): ContainerRecord {
    return this.#record;
  }

  get state(): ContainerState {
    return this.#record.state;
  }

  /** A paused one is running, too. */
  get isRunning(): boolean {
    return this.state.status === "running" || this.state.status === "paused";
  }

  get isPaused(): boolean {
    return this.state.status === "paused";
  }

  get folder(): string {
    return this.#records.folder(this.id);
  }

  /** Changes of state, one after the other. @throws not-found for whom a removal came first. */
  inTurn<T>(change: () => Promise<T>): Promise<T> {
    return this.#turns(() => {
      if (this.isRemoved) throw noSuchContainer(this.id);
      return change();
    });
  }

  /** Resolves when whatever is being changed has been. */
  settled(): Promise<void> {
    return this.#turns(() => Promise.resolve());
  }

  /** @throws not-found when its removal has begun. */
  requireThere(): void {
    if (this.isBeingRemoved) throw noSuchContainer(this.id);
  }

  /** Looks at its files: whoever is cut off by its removal is told so. @throws not-found. */
  async whileThere<T>(look: () => Promise<T>): Promise<T> {
    this.requireThere();
    try {
      return await look();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** The same for what reads on for as long as somebody takes it. */
  async *readWhileThere<T>(read: () => AsyncIterable<T>): AsyncGenerator<T, void> {
    this.requireThere();
    try {
      yield* read();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /**
   * Replaces parts of the record, first on disk, then here: what cannot be written has not changed. With `lasting` they survive
   * a power cut when this resolves.
   */
  async change(parts: Partial<ContainerRecord>, { lasting = false } = {}): Promise<void> {
    await this.#writing(async () => {
      await this.#records.save({ ...this.#record, ...parts }, { lasting });
      this.#record = { ...this.#record, ...parts };
    });
  }

  /** Of what has happened whether or not it can be written: true here at once, on disk now or with the next change. */
  async noteState(parts: Partial<ContainerState>): Promise<void> {
    this.#record = { ...this.#record, state: { ...this.state, ...parts } };
    try {
      await this.#writing(() => this.#records.save(this.#record, { lasting: false }));
    } catch (error) {
      this.#warn(`cannot record what became of container ${this.record.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** @throws cancelled when `signal` fires first. */
  wait(condition: WaitCondition, signal?: AbortSignal): Promise<Ending> {
    if (condition === "not-running" && !this.isRunning) return Promise.resolve(this.#ending());
    if (condition === "removed" && this.isRemoved) return Promise.resolve(this.#ending());
    const waiters = condition === "removed" ? this.#removalWaiters : this.#exitWaiters;
    return new Promise((resolve, reject) => {
      const settle = (ending: Ending): void => {
        signal?.removeEventListener("abort", leave);
        resolve(ending);
      };
      const leave = (): void => {
        waiters.delete(settle);
        reject(cancelled(signal?.reason));
      };
      waiters.add(settle);
      signal?.addEventListener("abort", leave, { once: true });
      if (signal?.aborted === true) leave();
    });
  }

  /** Tells everybody who waits that the process is over; its state says so already. */
  tellExit(): void {
    tell(this.#exitWaiters, this.#ending());
  }

  tellRemoval(): void {
    this.isRemoved = true;
    tell(this.#exitWaiters, this.#ending());
    tell(this.#removalWaiters, this.#ending());
  }

  #explained(error: unknown): unknown {
    return this.isBeingRemoved ? noSuchContainer(this.id) : error;
  }

  #ending(): Ending {
    return { exitCode: this.state.exitCode };
  }
}

function tell(waiters: Set<(ending: Ending) => void>, ending: Ending): void {
  const told = [...waiters];
  waiters.clear();
  for (const settle of told) settle(ending);
}
