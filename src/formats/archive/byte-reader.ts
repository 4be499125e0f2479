import { damagedIndex } from "./errors.ts";

/** Reads what `ByteWriter` wrote. @throws data-loss for what it cannot have written. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  byte(): number {
    const value = this.#buffer[this.#at++];
    if (value === undefined) throw damagedIndex("a record reaches beyond its end");
    return value;
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw damagedIndex("a number is out of range");
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A window on the index itself. */
  bytes(): Buffer {
    const length = this.unsigned();
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#buffer.length) throw damagedIndex("a record reaches beyond its end");
    return this.#buffer.subarray(start, this.#at);
  }
}
