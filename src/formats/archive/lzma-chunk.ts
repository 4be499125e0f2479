import { EVEN, LzmaRangeDecoder } from "./lzma-range-decoder.ts";
import type { LzmaWindow } from "./lzma-window.ts";

/* Where the probabilities of what lie in one array (LZMA specification, 7-Zip's `lzma-specification.txt`). */
const STATES = 12;
const POSITION_STATES = 16;
const IS_MATCH = 0;
const IS_REP = IS_MATCH + STATES * POSITION_STATES;
const IS_REP_G0 = IS_REP + STATES;
const IS_REP_G1 = IS_REP_G0 + STATES;
const IS_REP_G2 = IS_REP_G1 + STATES;
const IS_REP0_LONG = IS_REP_G2 + STATES;
const SLOT = IS_REP0_LONG + STATES * POSITION_STATES;
const SPECIAL = SLOT + 4 * 64;
const ALIGN = SPECIAL + 128;
const MATCH_LENGTH = ALIGN + 16;
const LENGTH_LOW = 2;
const LENGTH_MIDDLE = LENGTH_LOW + POSITION_STATES * 8;
const LENGTH_HIGH = LENGTH_MIDDLE + POSITION_STATES * 8;
const LENGTH_SIZE = LENGTH_HIGH + 256;
const REP_LENGTH = MATCH_LENGTH + LENGTH_SIZE;
const LITERAL = REP_LENGTH + LENGTH_SIZE;
const LITERAL_SIZE = 0x300;
const MAX_LITERAL_BITS = 4;

/** LZMA's state, which goes on from chunk to chunk until one resets it. */
export class LzmaChunkDecoder {
  readonly #window: LzmaWindow;
  readonly #range = new LzmaRangeDecoder(new Uint16Array(LITERAL + (LITERAL_SIZE << MAX_LITERAL_BITS)));
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;

  constructor(window: LzmaWindow) {
    this.#window = window;
  }

  /** False for properties that LZMA2 does not allow. */
  setProperties(byte: number): boolean {
    const literalContextBits = byte % 9;
    const literalPositionBits = Math.floor(byte / 9) % 5;
    const positionBits = Math.floor(byte / 45);
    if (positionBits > 4 || literalContextBits + literalPositionBits > MAX_LITERAL_BITS) return false;
    this.#literalContextBits = literalContextBits;
    this.#literalPositionMask = (1 << literalPositionBits) - 1;
    this.#positionMask = (1 << positionBits) - 1;
    return true;
  }

  reset(): void {
    this.#range.probabilities.fill(EVEN);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /** Adds exactly `size` bytes to the window, which has room for them; false when the chunk does not give them. */
  decode(chunk: Uint8Array, size: number): boolean {
    const window = this.#window;
    const end = window.position + size;
    if (!this.#range.start(chunk)) return false;
    while (window.position < end) {
      const position = window.total & this.#positionMask;
      const isMatch = this.#range.bit(IS_MATCH + this.#state * POSITION_STATES + position) === 1;
      if (!isMatch) this.#literal();
      else if (!this.#copy(this.#match(position), end)) return false;
    }
    return this.#range.isAtEnd();
  }

  #literal(): void {
    const window = this.#window;
    const { bytes, position, total } = window;
    const range = this.#range;
    const previous = total === 0 ? 0 : (bytes[position - 1] ?? 0);
    const context = ((total & this.#literalPositionMask) << this.#literalContextBits) + (previous >> (8 - this.#literalContextBits));
    const base = LITERAL + LITERAL_SIZE * context;
    let symbol = 1;
    if (this.#state >= 7) {
      // Behind a match the byte that the match would go on with is a good guess, bit by bit until it is wrong.
      let guess = bytes[position - this.#rep0 - 1] ?? 0;
      for (let offset = 0x100; symbol < 0x100;) {
        guess <<= 1;
        const guessed = guess & offset;
        const bit = range.bit(base + offset + guessed + symbol);
        symbol = (symbol << 1) | bit;
        offset &= bit === 1 ? guessed : ~guessed;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(base + symbol);
    bytes[position] = symbol & 0xff;
    window.position = position + 1;
    window.total = total + 1;
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** Length of the match that comes next; how far back it lies is then in `rep0`. */
  #match(position: number): number {
    const range = this.#range;
    const state = this.#state;
    if (range.bit(IS_REP + state) === 0) {
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      this.#state = state < 7 ? 7 : 10;
      const length = this.#length(MATCH_LENGTH, position);
      this.#rep0 = this.#distance(length);
      return length;
    }
    if (range.bit(IS_REP_G0 + state) === 0) {
      if (range.bit(IS_REP0_LONG + state * POSITION_STATES + position) === 0) {
        this.#state = state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      this.#recall(state);
    }
    this.#state = state < 7 ? 8 : 11;
    return this.#length(REP_LENGTH, position);
  }

  /** One of the three distances before the last becomes the last. */
  #recall(state: number): void {
    let distance = this.#rep1;
    if (this.#range.bit(IS_REP_G1 + state) === 1) {
      distance = this.#rep2;
      if (this.#range.bit(IS_REP_G2 + state) === 1) {
        distance = this.#rep3;
        this.#rep3 = this.#rep2;
      }
      this.#rep2 = this.#rep1;
    }
    this.#rep1 = this.#rep0;
    this.#rep0 = distance;
  }

  #length(base: number, position: number): number {
    const range = this.#range;
    if (range.bit(base) === 0) return 2 + range.tree(base + LENGTH_LOW + position * 8, 3);
    if (range.bit(base + 1) === 0) return 10 + range.tree(base + LENGTH_MIDDLE + position * 8, 3);
    return 18 + range.tree(base + LENGTH_HIGH, 8);
  }

  #distance(length: number): number {
    const range = this.#range;
    const slot = range.tree(SLOT + Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const count = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << count) >>> 0;
    if (slot < 14) return base + range.reverseTree(SPECIAL + base - slot, count);
    const high = (range.direct(count - 4) << 4) >>> 0;
    return base + high + range.reverseTree(ALIGN, 4);
  }

  #copy(length: number, end: number): boolean {
    const window = this.#window;
    const { bytes, position } = window;
    if (!window.reaches(this.#rep0) || position + length > end) return false;
    const from = position - this.#rep0 - 1;
    // Byte by byte, for a match may run into what it makes.
    for (let i = 0; i < length; i++) bytes[position + i] = bytes[from + i] ?? 0;
    window.position = position + length;
    window.total += length;
    return true;
  }
}
