import { invalidTarHeader, limitExceeded, unexpectedEnd } from "./errors.ts";
import type { PaxSparse } from "./pax-records.ts";
import { checkedExtents, OldGnuMapReader, paxSparseKind, PayloadMapReader } from "./sparse-map.ts";
import type { SparseMapReader } from "./sparse-map.ts";
import { BLOCK_SIZE, blockKind, paddingOf } from "./tar-block.ts";
import { isExtension, TarExtensions } from "./tar-extensions.ts";
import { checkNames, entryType, readHeader } from "./tar-entry-header.ts";
import { DEFAULT_TAR_LIMITS } from "./tar-header.ts";
import type { TarHeader, TarLimits } from "./tar-header.ts";

export interface TarHandler {
  entry(header: TarHeader): void;
  /** A slice of the chunk that was pushed, valid as long as that is; sparse files give their stored bytes only. */
  data(chunk: Uint8Array): void;
  entryEnd(): void;
}

/**
 * What the next byte belongs to. `collect` gathers an extension header's payload, `sparse-map` the blocks of a
 * map that stands between an entry's header and its data, `end` is everything behind the two zero blocks.
 */
type State = "block" | "collect" | "sparse-map" | "data" | "padding" | "end";

/**
 * Reads a tar as it is pushed, in chunks of any size, and calls the handler synchronously: `entry`, `data` for
 * its payload, `entryEnd`. Reads v7, ustar, GNU and PAX, and all their sparse forms; keeps nothing but the
 * header at hand. What follows the two zero blocks is ignored; they may also be missing.
 *
 * @throws invalid-argument, once: a parser that has thrown is not pushed to again.
 */
export class TarParser {
  readonly #handler: TarHandler;
  readonly #limits: TarLimits;
  readonly #carry = Buffer.allocUnsafe(BLOCK_SIZE);
  #carried = 0;
  #state: State = "block";
  /** Stream offset of the next byte. */
  #offset = 0;
  /** Payload bytes still to come in this state. */
  #remaining = 0;
  #padding = 0;
  #collected = Buffer.alloc(0);
  #collectedSize = 0;
  #collectFlag = 0;
  readonly #extensions: TarExtensions;
  #header: TarHeader | undefined;
  #map: SparseMapReader | undefined;
  #entries = 0;
  #sawZeroBlock = false;

  constructor(handler: TarHandler, limits: Partial<TarLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...DEFAULT_TAR_LIMITS, ...limits };
    this.#extensions = new TarExtensions(this.#limits);
  }

  /** Bytes pushed so far. */
  get offset(): number {
    return this.#offset;
  }

  get entries(): number {
    return this.#entries;
  }

  push(chunk: Uint8Array): void {
    if (this.#state === "end") {
      this.#offset += chunk.byteLength;
      return;
    }
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < buffer.length;) {
      const taken = this.#take(buffer, at);
      at += taken;
      this.#offset += taken;
    }
  }

  /** Says that no more will be pushed. */
  finish(): void {
    const isBetweenEntries = this.#state === "block" && this.#carried === 0 && !this.#extensions.isPending;
    // Some writers leave out the padding of the last entry.
    if (!isBetweenEntries && this.#state !== "end" && this.#state !== "padding") throw unexpectedEnd(this.#offset);
  }

  /** Consumes what it can of the state at hand; returns how many bytes. */
  #take(buffer: Buffer, at: number): number {
    switch (this.#state) {
      case "block":
      case "sparse-map":
        return this.#takeBlock(buffer, at);
      case "data":
        return this.#takeData(buffer, at);
      case "collect":
        return this.#takeCollected(buffer, at);
      case "padding": {
        const length = Math.min(this.#padding, buffer.length - at);
        this.#padding -= length;
        if (this.#padding === 0) this.#state = "block";
        return length;
      }
      case "end":
        return buffer.length - at;
      default:
        return this.#state satisfies never;
    }
  }

  /** A block in one piece is read where it lies; only one that is cut by the end of a chunk is copied. */
  #takeBlock(buffer: Buffer, at: number): number {
    const length = Math.min(BLOCK_SIZE - this.#carried, buffer.length - at);
    if (length === BLOCK_SIZE) {
      this.#onBlock(buffer, at, this.#offset);
      return BLOCK_SIZE;
    }
    buffer.copy(this.#carry, this.#carried, at, at + length);
    this.#carried += length;
    if (this.#carried === BLOCK_SIZE) {
      this.#carried = 0;
      this.#onBlock(this.#carry, 0, this.#offset + length - BLOCK_SIZE);
    }
    return length;
  }

  #takeData(buffer: Buffer, at: number): number {
    const length = Math.min(this.#remaining, buffer.length - at);
    this.#handler.data(length === buffer.length ? buffer : buffer.subarray(at, at + length));
    this.#remaining -= length;
    if (this.#remaining === 0) this.#endEntry();
    return length;
  }

  #takeCollected(buffer: Buffer, at: number): number {
    const length = Math.min(this.#remaining, buffer.length - at);
    if (length === this.#collectedSize) {
      this.#onExtension(buffer.subarray(at, at + length));
      return length;
    }
    if (this.#remaining === this.#collectedSize) this.#collected = Buffer.allocUnsafe(this.#collectedSize);
    buffer.copy(this.#collected, this.#collectedSize - this.#remaining, at, at + length);
    this.#remaining -= length;
    if (this.#remaining === 0) {
      this.#onExtension(this.#collected);
      this.#collected = Buffer.alloc(0);
    }
    return length;
  }

  #onBlock(buffer: Buffer, at: number, start: number): void {
    if (this.#state === "block") this.#onHeaderBlock(buffer, at, start);
    else this.#onMapBlock(buffer, at, start);
  }

  #onHeaderBlock(buffer: Buffer, at: number, start: number): void {
    const kind = blockKind(buffer, at);
    if (kind === "zero") {
      if (this.#sawZeroBlock) this.#state = "end";
      this.#sawZeroBlock = true;
      this.#extensions.forget();
      return;
    }
    if (kind === "invalid" || this.#sawZeroBlock) throw invalidTarHeader(start);
    const header = readHeader(buffer, at, start);
    const flag = buffer[at + 156] ?? 0;
    if (isExtension(flag)) {
      this.#extensions.checkSize(flag, header);
      this.#beginCollecting(flag, header);
    } else {
      this.#beginEntry(header, flag, buffer, at);
    }
  }

  #beginCollecting(flag: number, header: TarHeader): void {
    this.#collectFlag = flag;
    this.#collectedSize = header.size;
    this.#remaining = header.size;
    this.#padding = paddingOf(header.size);
    this.#header = header;
    this.#state = "collect";
    if (header.size === 0) this.#onExtension(Buffer.alloc(0));
  }

  #onExtension(payload: Buffer): void {
    const offset = this.#header?.headerOffset ?? this.#offset;
    if (isExtension(this.#collectFlag)) this.#extensions.add(this.#collectFlag, payload, offset);
    this.#state = this.#padding > 0 ? "padding" : "block";
  }

  #beginEntry(header: TarHeader, flag: number, buffer: Buffer, at: number): void {
    if (++this.#entries > this.#limits.maxEntries) throw limitExceeded("too many entries", `${this.#limits.maxEntries}`, this.#offset);
    const paxSparse = this.#extensions.applyTo(header);
    header.type = entryType(flag, header.path, header.size);
    header.storedSize = header.type === "file" || header.type === "other" ? header.size : 0;
    header.dataOffset = header.headerOffset + BLOCK_SIZE;
    checkNames(header, this.#limits);
    this.#header = header;
    this.#remaining = header.storedSize;
    this.#padding = paddingOf(header.storedSize);
    if (header.type === "file") this.#beginSparse(header, flag, paxSparse, buffer, at);
    else header.size = header.storedSize;
    if (this.#map === undefined) this.#announce(header);
  }

  #beginSparse(header: TarHeader, flag: number, paxSparse: PaxSparse | undefined, buffer: Buffer, at: number): void {
    if (flag === 0x53) {
      const map = new OldGnuMapReader(buffer, at, this.#limits, header.headerOffset);
      header.size = map.realSize;
      if (map.isExtended) this.#awaitMap(map);
      else header.sparse = checkedExtents(map.numbers, header.size, header.storedSize, header.headerOffset);
      return;
    }
    const kind = paxSparseKind(paxSparse);
    if (paxSparse === undefined || kind === "none") return;
    const { name, size, realsize, map, numblocks } = paxSparse;
    if (name !== undefined) header.path = name;
    checkNames(header, this.#limits);
    header.size = size ?? realsize ?? header.size;
    if (header.size < 0) throw invalidTarHeader(header.headerOffset);
    if (kind === "payload") {
      this.#awaitMap(new PayloadMapReader(this.#limits, header.headerOffset));
      return;
    }
    if (numblocks !== undefined && map.length !== 2 * numblocks) throw invalidTarHeader(header.headerOffset);
    header.sparse = checkedExtents(map, header.size, header.storedSize, header.headerOffset);
  }

  #awaitMap(map: SparseMapReader): void {
    this.#map = map;
    this.#state = "sparse-map";
  }

  #onMapBlock(buffer: Buffer, at: number, start: number): void {
    const header = this.#header;
    const map = this.#map;
    if (header === undefined || map === undefined) throw invalidTarHeader(start);
    if (map instanceof PayloadMapReader) {
      header.storedSize -= BLOCK_SIZE;
      this.#remaining = header.storedSize;
      if (header.storedSize < 0) throw invalidTarHeader(header.headerOffset);
    }
    if (!map.add(buffer, at)) return;
    this.#map = undefined;
    header.dataOffset = start + BLOCK_SIZE;
    header.sparse = checkedExtents(map.numbers, header.size, header.storedSize, header.headerOffset);
    this.#announce(header);
  }

  #announce(header: TarHeader): void {
    this.#state = "data";
    this.#handler.entry(header);
    if (this.#remaining === 0) this.#endEntry();
  }

  #endEntry(): void {
    this.#state = this.#padding > 0 ? "padding" : "block";
    this.#header = undefined;
    this.#handler.entryEnd();
  }
}
