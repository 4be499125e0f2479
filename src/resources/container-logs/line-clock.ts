/**
 * Times for lines that grow from line to line, although the machine's clock ticks in milliseconds and may step back: who
 * asks for what came after a line gets neither that line again nor misses the next.
 */
export class LineClock {
  readonly #now: () => number;
  #millisecond = -1;
  #prefix = "";
  #count = 0;
  #last = "";

  constructor(now: () => number) {
    this.#now = now;
  }

  next(): string {
    const now = this.#now();
    this.#count += 1;
    if (now > this.#millisecond) this.#set(now);
    else if (this.#count > 999_999) this.#set(this.#millisecond + 1);
    this.#last = `${this.#prefix}${String(this.#count).padStart(6, "0")}Z`;
    return this.#last;
  }

  /** What `next` gave last; empty before the first. */
  get last(): string {
    return this.#last;
  }

  #set(millisecond: number): void {
    this.#millisecond = millisecond;
    this.#prefix = new Date(millisecond).toISOString().slice(0, -1);
    this.#count = 0;
  }
}
