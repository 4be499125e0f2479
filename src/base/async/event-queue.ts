/** A writer that does not wait may go beyond it. */
const MAX_WAITING = 256;

/** Events of several tasks as one stream: tasks put, one reader takes, in order of arrival. */
export class EventQueue<E> {
  readonly #waiting: E[] = [];
  #wake: (() => void) | undefined;
  #writers: (() => void)[] = [];

  put(event: E): void {
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** As `put`, and then waits while too much waits for the reader. */
  async send(event: E): Promise<void> {
    this.put(event);
    while (this.#waiting.length > MAX_WAITING) await new Promise<void>((resolve) => this.#writers.push(resolve));
  }

  /** Yields until `work` has settled and everything it put is taken; then gives its result or throws its error. */
  async *during<T>(work: Promise<T>): AsyncGenerator<E, T> {
    let isSettled = false;
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    void settled.then(() => {
      isSettled = true;
      this.#wake?.();
    });
    for (;;) {
      const event = this.#waiting.shift();
      if (this.#waiting.length <= MAX_WAITING) for (const resume of this.#writers.splice(0)) resume();
      if (event !== undefined) yield event;
      else if (isSettled) return work;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
