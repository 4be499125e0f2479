import { headerFieldTooLong, invalidTarHeader, limitExceeded, unexpectedEnd } from "./errors.ts";
import { decodeName } from "./entry-name.ts";
import { parsePaxRecords } from "./pax-records.ts";
import type { PaxRecords } from "./pax-records.ts";
import { checkedExtents, OldGnuMapReader, paxSparseKind, PayloadMapReader } from "./sparse-map.ts";
import type { SparseMapReader } from "./sparse-map.ts";
import { BLOCK_SIZE, blockKind } from "./tar-block.ts";
import { entryType, readHeader } from "./tar-entry-header.ts";
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

/** Extension headers that wait for the entry they describe. */
interface Pending {
  pax: PaxRecords | undefined;
  longName: string | undefined;
  longLink: string | undefined;
}

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
  #pending: Pending = nothingPending();
  #global: PaxRecords = {};
  #header: TarHeader | undefined;
  #map: SparseMapReader | undefined;
  #entries = 0;
  #sawZeroBlock = false;

  constructor(handler: TarHandler, limits: Partial<TarLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...DEFAULT_TAR_LIMITS, ...limits };
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
    const isBetweenEntries = this.#state === "block" && this.#carried === 0 && isNothing(this.#pending);
    // Some writers leave out the padding of the last entry.
    if (!isBetweenEntries && this.#state !== "end" && this.#state !== "padding") throw unexpectedEnd(this.#offset);
  }

  /** Consumes what it can of the state at hand; returns how many bytes. */
  #take(buffer: Buffer, at: number): number {
    switch (this.#state) {
      case "block":
        return this.#takeBlock(buffer, at, this.#onBlock);
      case "sparse-map":
        return this.#takeBlock(buffer, at, this.#onMapBlock);
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
  #takeBlock(buffer: Buffer, at: number, onBlock: (buffer: Buffer, at: number, start: number) => void): number {
    const length = Math.min(BLOCK_SIZE - this.#carried, buffer.length - at);
    if (length === BLOCK_SIZE) {
      onBlock.call(this, buffer, at, this.#offset);
      return BLOCK_SIZE;
    }
    buffer.copy(this.#carry, this.#carried, at, at + length);
    this.#carried += length;
    if (this.#carried === BLOCK_SIZE) {
      this.#carried = 0;
      onBlock.call(this, this.#carry, 0, this.#offset + length - BLOCK_SIZE);
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
    const kind = blockKind(buffer, at);
    if (kind === "zero") {
      if (this.#sawZeroBlock) this.#state = "end";
      this.#sawZeroBlock = true;
      this.#pending = nothingPending();
      return;
    }
    if (kind === "invalid" || this.#sawZeroBlock) throw invalidTarHeader(start);
    const header = readHeader(buffer, at, start);
    const flag = buffer[at + 156] ?? 0;
    if (flag === 0x78 || flag === 0x67 || flag === 0x4c || flag === 0x4b) this.#beginExtension(flag, header);
    else this.#beginEntry(header, flag, buffer, at);
  }

  /** The size of an extension is that of its own header: a waiting `x` describes the file behind it, never this. */
  #beginExtension(flag: number, header: TarHeader): void {
    const isPax = flag === 0x78 || flag === 0x67;
    // A long name is stored with the NUL that ends it.
    const limit = isPax ? this.#limits.maxPaxBytes : this.#limits.maxPathBytes + 1;
    if (header.size > limit) throw headerFieldTooLong(header.headerOffset);
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
    switch (this.#collectFlag) {
      case 0x78:
        this.#pending.pax = parsePaxRecords(payload, this.#limits, offset);
        break;
      case 0x67: {
        // Only what describes files is kept: names, sizes and maps for all entries to come would be a trap.
        const { uid, gid, mtime } = parsePaxRecords(payload, this.#limits, offset);
        Object.assign(this.#global, uid === undefined ? {} : { uid }, gid === undefined ? {} : { gid }, mtime === undefined ? {} : { mtime });
        break;
      }
      case 0x4c:
        this.#pending.longName = this.#longText(payload, offset);
        break;
      default:
        this.#pending.longLink = this.#longText(payload, offset);
    }
    this.#state = this.#padding > 0 ? "padding" : "block";
  }

  #longText(payload: Buffer, offset: number): string {
    const end = payload.indexOf(0);
    const text = end === -1 ? payload : payload.subarray(0, end);
    if (text.length > this.#limits.maxPathBytes) throw headerFieldTooLong(offset);
    return decodeName(text);
  }

  #beginEntry(header: TarHeader, flag: number, buffer: Buffer, at: number): void {
    const { pax, longName, longLink } = this.#pending;
    if (++this.#entries > this.#limits.maxEntries) throw limitExceeded("too many entries", `${this.#limits.maxEntries}`, this.#offset);
    applyPax(header, this.#global);
    if (pax !== undefined) applyPax(header, pax);
    if (longName !== undefined) header.path = longName;
    if (longLink !== undefined) header.linkPath = longLink;
    if (pax !== undefined || longName !== undefined || longLink !== undefined) this.#pending = nothingPending();
    header.type = entryType(flag, header.path, header.size);
    header.storedSize = header.type === "file" || header.type === "other" ? header.size : 0;
    header.dataOffset = header.headerOffset + BLOCK_SIZE;
    this.#checkPath(header);
    this.#header = header;
    this.#remaining = header.storedSize;
    this.#padding = paddingOf(header.storedSize);
    if (header.type === "file") this.#beginSparse(header, flag, pax, buffer, at);
    else header.size = header.storedSize;
    if (this.#map === undefined) this.#announce(header);
  }

  #beginSparse(header: TarHeader, flag: number, pax: PaxRecords | undefined, buffer: Buffer, at: number): void {
    if (flag === 0x53) {
      const map = new OldGnuMapReader(buffer, at, this.#limits, header.headerOffset);
      header.size = map.realSize;
      if (map.isExtended) this.#awaitMap(map);
      else header.sparse = checkedExtents(map.numbers, header.size, header.storedSize, header.headerOffset);
      return;
    }
    const kind = paxSparseKind(pax?.sparse);
    if (pax?.sparse === undefined || kind === "none") return;
    const { name, size, realsize, map, numblocks } = pax.sparse;
    if (name !== undefined) header.path = name;
    this.#checkPath(header);
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

  #checkPath(header: TarHeader): void {
    const { path, linkPath, headerOffset } = header;
    const { maxPathBytes, maxPathComponents } = this.#limits;
    // A character is at most three bytes per unit, so short names need no second look.
    if (path.length * 3 > maxPathBytes && header.name.length > maxPathBytes) throw headerFieldTooLong(headerOffset);
    if (linkPath.length * 3 > maxPathBytes && header.linkName.length > maxPathBytes) throw headerFieldTooLong(headerOffset);
    if (path.length > maxPathComponents && path.split("/").length > maxPathComponents) {
      throw limitExceeded("a path is too deep", `${maxPathComponents} components`, headerOffset);
    }
  }
}

function applyPax(header: TarHeader, pax: PaxRecords): void {
  if (pax.path !== undefined) header.path = pax.path;
  if (pax.linkPath !== undefined) header.linkPath = pax.linkPath;
  if (pax.size !== undefined) header.size = pax.size;
  if (pax.uid !== undefined) header.uid = pax.uid;
  if (pax.gid !== undefined) header.gid = pax.gid;
  if (pax.mtime !== undefined) header.mtime = pax.mtime;
  if (pax.xattrs !== undefined) header.xattrs = pax.xattrs;
  if (header.size < 0) throw invalidTarHeader(header.headerOffset);
}

function paddingOf(size: number): number {
  return (BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE;
}

function nothingPending(): Pending {
  return { pax: undefined, longName: undefined, longLink: undefined };
}

function isNothing(pending: Pending): boolean {
  return pending.pax === undefined && pending.longName === undefined && pending.longLink === undefined;
}
