import { BitReader, OutOfBits } from "./bit-reader.ts";
import { readBzip2Block } from "./bzip2-block.ts";
import { ByteQueue } from "./byte-queue.ts";
import { corrupt } from "./codec.ts";
import { unexpectedEnd } from "./errors.ts";
import type { SyncDecoder } from "./sync-codec.ts";

/** More than a valid block can take: 900,000 symbols of 20 bits and its tables. */
const MAX_BLOCK_BYTES = 3 * 1024 * 1024;
const PIECE_SIZE = 256 * 1024;
const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;

/**
 * bzip2, any number of streams; behind the last one anything may follow, as bzip2(1) has it. Holds one block: at
 * most 3 MiB of input and 4 bytes for each of its 900,000.
 */
export class Bzip2Decoder implements SyncDecoder {
  readonly #input = new ByteQueue();
  #bits = new BitReader(this.#input.view(), 0);
  /** Room for a block of the stream at hand; between streams kept for the next. */
  #cells = new Uint32Array(0);
  #level = 0;
  #streams = 0;
  #checksum = 0;
  #isIgnoring = false;

  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    if (this.#isIgnoring) return;
    this.#extend(chunk);
    while (this.#left >= MAX_BLOCK_BYTES && !this.#isIgnoring) yield* this.#readPart(false);
  }

  *finish(): Generator<Uint8Array, void> {
    const isBetweenStreams = (): boolean => this.#level === 0 && this.#streams > 0 && this.#left === 0;
    while (!this.#isIgnoring && !isBetweenStreams()) yield* this.#readPart(true);
    if (this.#streams === 0) throw unexpectedEnd();
  }

  /** Input that has not been read. */
  get #left(): number {
    return this.#input.length - this.#bits.byteOffset;
  }

  #extend(chunk: Uint8Array): void {
    // A block may begin within a byte: the reader goes on at the same bit of the longer input.
    this.#input.consume(this.#bits.byteOffset - (this.#bits.isAligned ? 0 : 1));
    this.#input.append(chunk);
    this.#bits = this.#bits.continueIn(this.#input.view());
  }

  /** A stream's header, a block, or a stream's end. */
  *#readPart(isAll: boolean): Generator<Uint8Array, void> {
    try {
      if (this.#level === 0) {
        this.#readHeader();
        return;
      }
      const magic = this.#bits.take(24) * 2 ** 24 + this.#bits.take(24);
      const checksum = (this.#bits.take(16) << 16) | this.#bits.take(16);
      if (magic === BLOCK_MAGIC) yield* this.#readBlock(this.#cells.subarray(0, this.#level * 100_000), checksum);
      else if (magic === END_MAGIC) this.#endStream(checksum);
      else throw corrupt("bzip2", "invalid block");
    } catch (error) {
      if (!(error instanceof OutOfBits)) throw error;
      if (!isAll) throw corrupt("bzip2", "block too long");
      if (this.#level !== 0 || this.#streams === 0) throw unexpectedEnd();
      this.#isIgnoring = true;
    }
  }

  #readHeader(): void {
    const magic = this.#bits.take(24);
    const level = this.#bits.take(8) - 0x30;
    if (magic === 0x425a68 && level >= 1 && level <= 9) {
      this.#level = level;
      if (this.#cells.length < level * 100_000) this.#cells = new Uint32Array(level * 100_000);
      this.#checksum = 0;
      return;
    }
    if (this.#streams === 0) throw corrupt("bzip2", "invalid header");
    this.#isIgnoring = true;
  }

  *#readBlock(cells: Uint32Array, checksum: number): Generator<Uint8Array, void> {
    const { length, start } = readBzip2Block(this.#bits, cells);
    const text = new BlockText(cells, length, start);
    for (let piece = text.next(PIECE_SIZE); piece.byteLength > 0; piece = text.next(PIECE_SIZE)) yield piece;
    if (text.checksum !== checksum) throw corrupt("bzip2", "invalid checksum");
    this.#checksum = ((this.#checksum << 1) | (this.#checksum >>> 31)) ^ checksum;
  }

  #endStream(checksum: number): void {
    if (this.#checksum !== checksum) throw corrupt("bzip2", "invalid checksum");
    this.#bits.align();
    this.#level = 0;
    this.#streams++;
  }
}

/** The text of a decoded block: the transform undone, then the runs of four to 259 equal bytes written out. */
class BlockText {
  readonly #cells: Uint32Array;
  #left: number;
  #cell: number;
  #crc = -1;
  #last = -1;
  #equal = 0;
  #copies = 0;

  constructor(cells: Uint32Array, length: number, start: number) {
    const next = firstPlaces(cells, length);
    // The upper bits of a cell tell where the text goes on.
    for (let i = 0; i < length; i++) {
      const byte = (cells[i] ?? 0) & 0xff;
      const place = next[byte] ?? 0;
      next[byte] = place + 1;
      cells[place] = (cells[place] ?? 0) | (i << 8);
    }
    this.#cells = cells;
    this.#left = length;
    this.#cell = cells[start] ?? 0;
  }

  get checksum(): number {
    return ~this.#crc;
  }

  /** Up to `size` more bytes; none at the end. */
  next(size: number): Uint8Array {
    const piece = new Uint8Array(size);
    const cells = this.#cells;
    let [at, left, cell, crc, last, equal, copies] = [0, this.#left, this.#cell, this.#crc, this.#last, this.#equal, this.#copies];
    while (at < size && (copies > 0 || left > 0)) {
      if (copies > 0) {
        copies--;
      } else {
        cell = cells[cell >>> 8] ?? 0;
        const byte = cell & 0xff;
        left--;
        if (equal === 4) {
          copies = byte;
          equal = 0;
          // A run's length says nothing about the byte behind it.
          continue;
        }
        equal = byte === last ? equal + 1 : 1;
        last = byte;
      }
      piece[at++] = last;
      crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ last] ?? 0);
    }
    [this.#left, this.#cell, this.#crc, this.#last, this.#equal, this.#copies] = [left, cell, crc, last, equal, copies];
    return piece.subarray(0, at);
  }
}

/** Where each byte first stands when all of them are sorted. */
function firstPlaces(cells: Uint32Array, length: number): Uint32Array {
  const places = new Uint32Array(256);
  for (let i = 0; i < length; i++) {
    const byte = cells[i] ?? 0;
    places[byte] = (places[byte] ?? 0) + 1;
  }
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const count = places[byte] ?? 0;
    places[byte] = sum;
    sum += count;
  }
  return places;
}

/** CRC-32 with the polynomial 0x04c11db7, highest bit first: not zlib's. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});
