import { crc32 } from "node:zlib";
import { corrupt } from "./codec.ts";

/**
 * The index behind a stream's blocks, checked against them as it is read: their number and the sums of their
 * sizes. Keeps no list, for a stream may have any number of blocks.
 */
export class XzIndex {
  #blocks = 0;
  #packed = 0;
  #unpacked = 0;
  /** Numbers in the index: how many records, then two for each. */
  #numbers = 0;
  #expected = 1;
  #size = 0;
  #crc = 0;
  #isWhole = false;

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Bytes of the index, all of it. */
  get size(): number {
    return this.#size;
  }

  addBlock(packed: number, unpacked: number): void {
    this.#blocks++;
    this.#packed += packed;
    this.#unpacked += unpacked;
  }

  /** Reads what it can of the input; gives how many bytes that were. */
  read(input: Buffer): number {
    let at = 0;
    if (this.#size === 0 && input.length > 0) at = this.#pass(input, 0, 1);
    while (this.#numbers < this.#expected) {
      const number = readNumber(input, at);
      if (number === undefined) return at;
      this.#onNumber(number.value);
      at = this.#pass(input, at, number.end);
    }
    const padding = (4 - (this.#size % 4)) % 4;
    if (input.length - at < padding + 4) return at;
    if (input.subarray(at, at + padding).some((byte) => byte !== 0)) throw corrupt("xz", "invalid index");
    at = this.#pass(input, at, at + padding);
    if (input.readUInt32LE(at) !== this.#crc || this.#packed !== 0 || this.#unpacked !== 0) throw corrupt("xz", "invalid index");
    this.#size += 4;
    this.#isWhole = true;
    return at + 4;
  }

  #onNumber(value: number): void {
    if (this.#numbers === 0) {
      if (value !== this.#blocks) throw corrupt("xz", "invalid index");
      this.#expected = 1 + 2 * value;
    } else if (this.#numbers % 2 === 1) {
      this.#packed -= value;
    } else {
      this.#unpacked -= value;
    }
    this.#numbers++;
  }

  #pass(input: Buffer, from: number, to: number): number {
    this.#crc = crc32(input.subarray(from, to), this.#crc);
    this.#size += to - from;
    return to;
  }
}

/** At most nine bytes of seven bits, lowest first; undefined when the input ends in it. */
function readNumber(input: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = input[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw corrupt("xz", "invalid index");
}
