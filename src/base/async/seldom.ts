/** Nobody sees more than ten changes a second. */
const INTERVAL_MS = 100;

/**
 * Tells something that changes often as often as people can follow: at once when nothing was told lately, else the newest when
 * that time is over, so that what a long silence begins with has been told.
 */
export class Seldom<T> {
  readonly #tell: (value: T) => void;
  #toldAt = -Infinity;
  #newest: { readonly value: T } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (value: T) => void) {
    this.#tell = tell;
  }

  put(value: T): void {
    const due = this.#toldAt + INTERVAL_MS - performance.now();
    if (due <= 0) return this.now(value);
    this.#newest = { value };
    this.#timer ??= setTimeout(() => this.#tellNewest(), due).unref();
  }

  /** The last of its kind, or one that nobody may miss. */
  now(value: T): void {
    this.forget();
    this.#toldAt = performance.now();
    this.#tell(value);
  }

  /** What waits is not told any more: something else is the news. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#newest = undefined;
  }

  #tellNewest(): void {
    if (this.#newest !== undefined) this.now(this.#newest.value);
  }
}
