import { headerFieldTooLong, invalidTarHeader } from "./errors.ts";
import type { PaxSparse } from "./pax-records.ts";
import { BLOCK_SIZE, readNumber } from "./tar-block.ts";
import type { SparseExtent, TarLimits } from "./tar-header.ts";

/** Old GNU header (typeflag `S`): 4 extents at 386, `isextended` at 482, real size at 483; 21 in each block behind it. */
const OLD_GNU = { mapAt: 386, mapCount: 4, extendedAt: 482, realSizeAt: 483, nextCount: 21, nextExtendedAt: 504 } as const;

/** Where a PAX entry keeps its map: in its records (0.0, 0.1), at the head of its payload (1.0), or nowhere. */
export function paxSparseKind(sparse: PaxSparse | undefined): "none" | "records" | "payload" {
  if (sparse === undefined) return "none";
  if (sparse.major === "1" && sparse.minor === "0") return "payload";
  if (sparse.major === "0" && (sparse.minor === "0" || sparse.minor === "1")) return "records";
  return sparse.major === undefined && sparse.minor === undefined && sparse.map.length > 0 ? "records" : "none";
}

/** Collects a sparse map from blocks, whichever of the two block forms it has. */
export interface SparseMapReader {
  /** Takes the next block of the map; true when the map is whole. */
  add(buffer: Buffer, at: number): boolean;
  readonly numbers: number[];
}

/** The map that starts in an old GNU header block and goes on in blocks behind it. */
export class OldGnuMapReader implements SparseMapReader {
  readonly numbers: number[] = [];
  readonly realSize: number;
  readonly isExtended: boolean;
  readonly #limits: TarLimits;
  readonly #offset: number;
  #isDone = false;

  constructor(header: Buffer, at: number, limits: TarLimits, offset: number) {
    this.#limits = limits;
    this.#offset = offset;
    const realSize = readNumber(header, at + OLD_GNU.realSizeAt, 12);
    if (realSize === undefined || realSize < 0) throw invalidTarHeader(offset);
    this.realSize = realSize;
    this.#extents(header, at + OLD_GNU.mapAt, OLD_GNU.mapCount);
    this.isExtended = header[at + OLD_GNU.extendedAt] !== 0;
  }

  add(buffer: Buffer, at: number): boolean {
    this.#extents(buffer, at, OLD_GNU.nextCount);
    return buffer[at + OLD_GNU.nextExtendedAt] === 0;
  }

  /** The first unused slot ends the map; blocks may follow all the same. */
  #extents(buffer: Buffer, at: number, count: number): void {
    for (let slot = at, end = at + count * 24; slot < end && !this.#isDone; slot += 24) {
      if (buffer[slot] === 0) {
        this.#isDone = true;
        return;
      }
      const offset = readNumber(buffer, slot, 12);
      const length = readNumber(buffer, slot + 12, 12);
      if (offset === undefined || length === undefined) throw invalidTarHeader(this.#offset);
      if (this.numbers.length >= 2 * this.#limits.maxSparseExtents) throw headerFieldTooLong(this.#offset);
      this.numbers.push(offset, length);
    }
  }
}

/** The decimal map at the head of a PAX 1.0 payload: a count, then as many offsets and lengths, a line each. */
export class PayloadMapReader implements SparseMapReader {
  readonly numbers: number[] = [];
  readonly #limits: TarLimits;
  readonly #offset: number;
  #expected = -1;
  #value = 0;
  #digits = 0;

  constructor(limits: TarLimits, offset: number) {
    this.#limits = limits;
    this.#offset = offset;
  }

  add(buffer: Buffer, at: number): boolean {
    for (let i = at; i < at + BLOCK_SIZE && !this.#isWhole; i++) this.#byte(buffer[i] ?? 0);
    return this.#isWhole;
  }

  get #isWhole(): boolean {
    return this.numbers.length === this.#expected;
  }

  #byte(byte: number): void {
    if (byte === 0x0a && this.#digits > 0) {
      if (this.#expected === -1) this.#expect(this.#value);
      else this.numbers.push(this.#value);
      this.#value = 0;
      this.#digits = 0;
      return;
    }
    const digit = byte - 0x30;
    this.#value = this.#value * 10 + digit;
    this.#digits++;
    if (digit < 0 || digit > 9 || this.#digits > 20 || this.#value > Number.MAX_SAFE_INTEGER) throw invalidTarHeader(this.#offset);
  }

  #expect(count: number): void {
    if (count > this.#limits.maxSparseExtents) throw headerFieldTooLong(this.#offset);
    this.#expected = 2 * count;
  }
}

/** The extents of a whole map, checked: in order, apart, within the file, and exactly what is stored. */
export function checkedExtents(numbers: readonly number[], size: number, storedSize: number, offset: number): readonly SparseExtent[] {
  const extents: SparseExtent[] = [];
  let end = 0;
  let stored = 0;
  if (numbers.length % 2 !== 0) throw invalidTarHeader(offset);
  for (let i = 0; i < numbers.length; i += 2) {
    const extent = { offset: numbers[i] ?? 0, length: numbers[i + 1] ?? 0 };
    if (extent.offset < end || extent.length < 0 || extent.offset + extent.length > size) throw invalidTarHeader(offset);
    end = extent.offset + extent.length;
    stored += extent.length;
    // Writers mark the end of a trailing hole by an extent of no length.
    if (extent.length > 0) extents.push(extent);
  }
  if (stored !== storedSize) throw invalidTarHeader(offset);
  return extents;
}
