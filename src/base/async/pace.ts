/** So long one piece of work may have the event loop to itself, in milliseconds. */
const SHARE_MS = 5;

/** Keeps long work from keeping others waiting: it asks at every step, and when its share is used up gives them a turn. */
export class Pace {
  #since = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#since >= SHARE_MS;
  }

  /** Resolves when everything that waited for the event loop has had it. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}
