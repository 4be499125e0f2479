/** Work that nobody waits for until the engine closes. A failure is told and changes nothing: the next start does it again. */
export class Chores {
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  add(work: Promise<unknown>): void {
    const chore: Promise<void> = work
      .then(
        () => undefined,
        (error: unknown) => this.#warn(`cannot tidy up the data root: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => this.#running.delete(chore));
    this.#running.add(chore);
  }

  /** Again and again, from `interval` milliseconds on, until `done`; keeps no program alive. */
  every(interval: number, work: () => Promise<unknown>): void {
    this.#timers.add(setInterval(() => this.add(work()), interval).unref());
  }

  async done(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
