/** A probability of one half, of 2048. */
export const EVEN = 1024;

/**
 * LZMA's adaptive binary range decoder over one whole chunk. Reading behind the end gives zeros: chunks say how
 * long they are, and `isAtEnd` tells whether that was true. The two registers are 32 bits, unsigned.
 */
export class LzmaRangeDecoder {
  readonly probabilities: Uint16Array;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #range = 0;
  #code = 0;

  constructor(probabilities: Uint16Array) {
    this.probabilities = probabilities;
  }

  /** False when the chunk does not begin as every chunk does. */
  start(bytes: Uint8Array): boolean {
    this.#bytes = bytes;
    this.#at = 5;
    this.#range = -1;
    this.#code = ((bytes[1] ?? 0) << 24) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0);
    return bytes.byteLength >= 5 && bytes[0] === 0;
  }

  /** Whether the chunk has been read exactly, as its last symbol leaves it. */
  isAtEnd(): boolean {
    this.#normalize();
    return this.#at === this.#bytes.byteLength && this.#code === 0;
  }

  bit(index: number): 0 | 1 {
    this.#normalize();
    const probability = this.probabilities[index] ?? 0;
    const bound = Math.imul(this.#range >>> 11, probability);
    if (this.#code >>> 0 < bound >>> 0) {
      this.#range = bound;
      this.probabilities[index] = probability + ((2048 - probability) >>> 5);
      return 0;
    }
    this.#range = (this.#range - bound) | 0;
    this.#code = (this.#code - bound) | 0;
    this.probabilities[index] = probability - (probability >>> 5);
    return 1;
  }

  /** A number of `count` bits from a tree of probabilities, highest bit first. */
  tree(base: number, count: number): number {
    let symbol = 1;
    for (let left = count; left > 0; left--) symbol = (symbol << 1) | this.bit(base + symbol);
    return symbol - (1 << count);
  }

  /** As `tree`, lowest bit first. */
  reverseTree(base: number, count: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const bit = this.bit(base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  /** Bits that are as likely 0 as 1. */
  direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.#normalize();
      this.#range >>>= 1;
      const isSet = this.#code >>> 0 >= this.#range >>> 0;
      if (isSet) this.#code = (this.#code - this.#range) | 0;
      value = (value << 1) | (isSet ? 1 : 0);
    }
    return value;
  }

  #normalize(): void {
    if (this.#range >>> 24 !== 0) return;
    this.#range <<= 8;
    this.#code = (this.#code << 8) | (this.#bytes[this.#at++] ?? 0);
  }
}
