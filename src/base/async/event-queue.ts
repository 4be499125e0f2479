/** Events of several tasks as one stream: tasks put, one reader takes, in order of arrival. */
export class EventQueue<E> {
  readonly #waiting: E[] = [];
  #wake: (() => void) | undefined;

  put(event: E): void {
    this.#waiting.push(event);
    this.#wake?.();
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
      if (event !== undefined) yield event;
      else if (isSettled) return work;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
