/** A part of a blob that is received before its turn. Never fails: what did not come is for whoever takes it to fetch. */
export class Segment {
  readonly end: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #control = new AbortController();
  #isOver = false;
  #wake: (() => void) | undefined;

  /** @param onOver called when nothing more comes. */
  constructor(end: number, fetch: (signal: AbortSignal) => AsyncIterable<Uint8Array>, onOver: () => void) {
    this.end = end;
    void this.#receive(fetch).then(() => {
      this.#isOver = true;
      this.#wake?.();
      onOver();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** The chunks in order as they come; fewer bytes than there should be when the connection broke. */
  async *take(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  cancel(): void {
    this.#control.abort();
    this.#chunks.length = 0;
  }

  async #receive(fetch: (signal: AbortSignal) => AsyncIterable<Uint8Array>): Promise<void> {
    const { signal } = this.#control;
    try {
      for await (const chunk of fetch(signal)) {
        if (signal.aborted) return;
        this.#chunks.push(chunk);
        this.#wake?.();
      }
    } catch {
      // Asked for once more, with patience, when its turn comes; that request then says what is wrong.
    }
  }
}
