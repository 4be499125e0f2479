/** Less is no gain: measurements of a network vary that much. */
const GAIN = 1.2;

/** How fast the bytes of a transfer come, and how many connections that is worth. */
export class Pace {
  readonly #fast: number;
  readonly #most: number;
  #connections = 1;
  #isSettled = false;
  #best = 0;
  #waited = 0;
  #bytes = 0;

  /** @param options `fast`: bytes a second that need no second connection; `most`: connections. */
  constructor({ fast, most }: { readonly fast: number; readonly most: number }) {
    this.#fast = fast;
    this.#most = most;
  }

  /** How many shall be open. One, once it is settled, is one to the end. */
  get connections(): number {
    return this.#connections;
  }

  async *of(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let asked = performance.now();
    for await (const chunk of chunks) {
      this.#waited += performance.now() - asked;
      this.#bytes += chunk.byteLength;
      yield chunk;
      asked = performance.now();
    }
  }

  /** A segment is through. When each connection has given one, they are compared with what fewer gave. */
  look(bytes: number): void {
    if (this.#isSettled || this.#bytes < bytes * this.#connections) return;
    // By the time that was spent waiting: where whoever takes the bytes is the slower one, more of them are no use.
    const rate = this.#bytes / (this.#waited / 1000);
    if (rate >= this.#fast) this.#settle(this.#connections);
    else if (rate < this.#best * GAIN) this.#settle(this.#connections / 2);
    else if (this.#connections * 2 > this.#most) this.#isSettled = true;
    else this.#connections *= 2;
    [this.#best, this.#waited, this.#bytes] = [rate, 0, 0];
  }

  /** A connection broke: perhaps there were too many. */
  trouble(): void {
    this.#settle(this.#connections / 2);
  }

  #settle(connections: number): void {
    this.#isSettled = true;
    this.#connections = Math.max(1, Math.floor(connections));
  }
}
