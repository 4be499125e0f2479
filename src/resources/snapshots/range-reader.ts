import { dataLoss, internal } from "#errors";

/** Stretches of a stream of bytes, asked for front to back; what lies between them is passed over. */
export class RangeReader implements AsyncDisposable {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** Offset of the chunk at hand. */
  #at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async *read(offset: number, length: number): AsyncGenerator<Uint8Array, void> {
    const end = offset + length;
    if (offset < this.#at) throw internal(`cannot read at ${offset}: already at ${this.#at}`);
    for (let at = offset; at < end;) {
      while (this.#at + this.#chunk.byteLength <= at) await this.#next();
      const piece = this.#chunk.subarray(at - this.#at, end - this.#at);
      at += piece.byteLength;
      yield piece;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return?.();
  }

  async #next(): Promise<void> {
    this.#at += this.#chunk.byteLength;
    const next = await this.#source.next();
    if (next.done === true) throw dataLoss(`cannot unpack layer: its tar ends at ${this.#at}, before what its index names`);
    this.#chunk = next.value;
  }
}
