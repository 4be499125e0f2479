import { crc32 } from "node:zlib";
import { ByteQueue } from "./byte-queue.ts";
import { corrupt } from "./codec.ts";
import { limitExceeded, unexpectedEnd } from "./errors.ts";
import { Lzma2Decoder } from "./lzma2-decoder.ts";
import type { SyncDecoder } from "./sync-codec.ts";
import { openXzCheck } from "./xz-check.ts";
import type { XzCheck } from "./xz-check.ts";
import { XzIndex } from "./xz-index.ts";

const HEADER_SIZE = 12;
const STREAM_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const LZMA2_FILTER = 0x21;
/** As for zstd; `xz -9` asks for half of it. */
const MAX_DICTIONARY_SIZE = 128 * 1024 * 1024;

type Part = "stream-header" | "block-or-index" | "chunk" | "block-end" | "index" | "footer" | "padding";

interface Block {
  readonly lzma: Lzma2Decoder;
  readonly check: XzCheck;
  /** Of header, chunks and check, without padding: what the index says of the block. */
  packedSize: number;
  size: number;
}

/**
 * xz (file format 1.2): any number of streams and blocks, LZMA2 alone, every check that xz(1) writes. Holds a
 * chunk of 64 KiB and a window as large as the stream's dictionary, once it has filled it.
 */
export class XzDecoder implements SyncDecoder {
  readonly #input = new ByteQueue();
  #part: Part = "stream-header";
  #flags = 0;
  #block: Block | undefined;
  #index = new XzIndex();
  #padding = 0;

  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    this.#input.append(chunk);
    for (;;) {
      const before = this.#input.length;
      const part = this.#part;
      const piece = this.#read(this.#input.view());
      if (piece !== undefined) yield piece;
      if (this.#input.length === before && this.#part === part) return;
    }
  }

  *finish(): Generator<Uint8Array, void> {
    if (this.#part !== "padding" || this.#input.length > 0 || this.#padding % 4 !== 0) throw unexpectedEnd();
    yield* [];
  }

  /** Reads the next part if it is there; output comes from chunks only. */
  #read(input: Buffer): Uint8Array | undefined {
    switch (this.#part) {
      case "stream-header":
        if (input.length >= HEADER_SIZE) this.#readStreamHeader(input);
        return undefined;
      case "block-or-index":
        this.#readBlockHeader(input);
        return undefined;
      case "chunk":
        return this.#readChunk(input);
      case "block-end":
        this.#readBlockEnd(input);
        return undefined;
      case "index":
        this.#readIndex(input);
        return undefined;
      case "footer":
        if (input.length >= HEADER_SIZE) this.#readFooter(input);
        return undefined;
      case "padding":
        this.#readPadding(input);
        return undefined;
      default:
        return this.#part satisfies never;
    }
  }

  #readStreamHeader(input: Buffer): void {
    if (!input.subarray(0, 6).equals(STREAM_MAGIC)) throw corrupt("xz", "invalid header");
    this.#flags = input.readUInt16BE(6);
    if (crc32(input.subarray(6, 8)) !== input.readUInt32LE(8)) throw corrupt("xz", "invalid header checksum");
    if (openXzCheck(this.#flags) === undefined) throw corrupt("xz", "unsupported check");
    this.#index = new XzIndex();
    this.#take(HEADER_SIZE, "block-or-index");
  }

  #readBlockHeader(input: Buffer): void {
    const sizeByte = input[0];
    if (sizeByte === 0) {
      this.#part = "index";
      return;
    }
    const size = ((sizeByte ?? 0) + 1) * 4;
    if (sizeByte === undefined || input.length < size) return;
    const header = input.subarray(0, size);
    if (crc32(header.subarray(0, size - 4)) !== header.readUInt32LE(size - 4)) throw corrupt("xz", "invalid block checksum");
    const check = openXzCheck(this.#flags);
    if (check === undefined) throw corrupt("xz", "unsupported check");
    this.#block = { lzma: new Lzma2Decoder(dictionarySizeOf(header)), check, packedSize: size, size: 0 };
    this.#take(size, "chunk");
  }

  #readChunk(input: Buffer): Uint8Array | undefined {
    const size = Lzma2Decoder.chunkSize(input);
    const block = this.#block;
    if (size === undefined || input.length < size || block === undefined) return undefined;
    const piece = block.lzma.decode(input.subarray(0, size));
    block.packedSize += size;
    this.#take(size, piece === undefined ? "block-end" : "chunk");
    if (piece === undefined) return undefined;
    block.size += piece.byteLength;
    block.check.update(piece);
    return piece;
  }

  #readBlockEnd(input: Buffer): void {
    const block = this.#block;
    if (block === undefined) return;
    const padding = (4 - (block.packedSize % 4)) % 4;
    const end = padding + block.check.size;
    if (input.length < end) return;
    const isRight = isZero(input.subarray(0, padding)) && input.subarray(padding, end).equals(block.check.digest());
    if (!isRight) throw corrupt("xz", "invalid checksum");
    this.#index.addBlock(block.packedSize + block.check.size, block.size);
    this.#block = undefined;
    this.#take(end, "block-or-index");
  }

  #readIndex(input: Buffer): void {
    const taken = this.#index.read(input);
    this.#take(taken, this.#index.isWhole ? "footer" : "index");
  }

  #readFooter(input: Buffer): void {
    const isValid =
      input.readUInt16LE(10) === 0x5a59 &&
      input.readUInt16BE(8) === this.#flags &&
      (input.readUInt32LE(4) + 1) * 4 === this.#index.size &&
      crc32(input.subarray(4, 10)) === input.readUInt32LE(0);
    if (!isValid) throw corrupt("xz", "invalid footer");
    this.#padding = 0;
    this.#take(HEADER_SIZE, "padding");
  }

  /** Zeros, four at a time; the next stream begins with something else. */
  #readPadding(input: Buffer): void {
    let zeros = 0;
    while (zeros < input.length && input[zeros] === 0) zeros++;
    this.#padding += zeros;
    const isOver = zeros < input.length;
    if (isOver && this.#padding % 4 !== 0) throw corrupt("xz", "invalid stream padding");
    this.#take(zeros, isOver ? "stream-header" : "padding");
  }

  #take(count: number, next: Part): void {
    this.#input.consume(count);
    this.#part = next;
  }
}

/** Sizes that the header may give are not needed: chunks end by themselves and the index is checked. */
function dictionarySizeOf(header: Buffer): number {
  const flags = header[1] ?? 0;
  if ((flags & 0x3c) !== 0) throw corrupt("xz", "invalid block header");
  if ((flags & 0x03) !== 0) throw corrupt("xz", "unsupported filter chain, expected LZMA2 alone");
  let at = 2;
  for (const isPresent of [(flags & 0x40) !== 0, (flags & 0x80) !== 0]) {
    if (!isPresent) continue;
    while (((header[at] ?? 0) & 0x80) !== 0) at++;
    at++;
  }
  const [id, propertySize, bits] = [header[at], header[at + 1], header[at + 2]];
  if (id !== LZMA2_FILTER || propertySize !== 1 || bits === undefined || bits > 40) {
    throw corrupt("xz", "unsupported filter chain, expected LZMA2 alone");
  }
  const size = bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  if (size > MAX_DICTIONARY_SIZE) throw limitExceeded(`it needs a dictionary of ${size} bytes`, `${MAX_DICTIONARY_SIZE}`);
  return size;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
