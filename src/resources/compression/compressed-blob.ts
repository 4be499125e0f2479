import { crc32 } from "node:zlib";
import { giveBackWhole } from "#async";
import type { Limit } from "#async";
import { createDigester } from "#oci";
import type { Digest } from "#oci";
import { cutIntoBlocks } from "./cut-into-blocks.ts";
import type { Block, TarSource } from "./cut-into-blocks.ts";
import { encodeBlock } from "./encode-block.ts";
import type { CompressionFormat } from "./format.ts";

/** Deflate, no flags, no time, no extra flags, unknown system: nothing that differs from one run to the next (RFC 1952, 2.3). */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** So that the next one, which may be a little longer, has room in the same place. */
const SPARE = 64 * 1024;

export interface CompressionOrder {
  readonly open: () => Promise<TarSource>;
  readonly format: CompressionFormat;
  readonly onRead: (size: number) => void;
  readonly limit: Limit;
  /** How many blocks are under way at once. */
  readonly depth: number;
}

/** Places for large chunks: whoever takes the bytes may look at two. */
const REUSED_CHUNKS = 3;
/** Smaller ones are gathered by streams, nobody knows how many, and are not written over. */
const MIN_REUSED = 64 * 1024;

/**
 * Compressed bytes that are made while they are read, once. A chunk of 64 KiB or more is written over some time after the one
 * after the next of that size was asked for.
 */
export class CompressedBlob implements AsyncIterable<Uint8Array> {
  readonly #order: CompressionOrder;
  readonly #digester = createDigester();
  readonly #free: Buffer[] = [];
  readonly #chunks: Buffer[] = [];
  #result: { readonly digest: Digest; readonly size: number } | undefined;
  #size = 0;
  #plainSize = 0;
  #crc = 0;

  constructor(order: CompressionOrder) {
    this.#order = order;
  }

  /** What the bytes came to. They must have been read to their end. */
  get result(): { readonly digest: Digest; readonly size: number } {
    if (this.#result === undefined) throw new Error("the compressed bytes were not read to their end");
    return this.#result;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const isGzip = this.#order.format.name === "gzip";
    if (isGzip) yield this.#counted(GZIP_HEADER);
    for await (const [bytes, plain] of this.#encoded()) {
      yield this.#counted(this.#copied(bytes));
      this.#plainSize += plain;
      this.#order.onRead(this.#plainSize);
    }
    if (isGzip) yield this.#counted(this.#trailer());
    this.#result = { digest: this.#digester.digest(), size: this.#size };
  }

  /** In order, each with the length of what it was made of; several are under way at once. */
  async *#encoded(): AsyncGenerator<readonly [bytes: Uint8Array, plain: number]> {
    const { open, format, depth } = this.#order;
    await using tar = await open();
    const waiting: Promise<readonly [Uint8Array, number]>[] = [];
    for await (const block of cutIntoBlocks(tar, format, () => this.#free.pop())) {
      waiting.push(this.#encode(block));
      const next = waiting.length >= depth ? waiting.shift() : undefined;
      if (next !== undefined) yield await next;
    }
    for (const next of waiting) yield await next;
  }

  #encode(block: Block): Promise<readonly [Uint8Array, number]> {
    const { format, limit } = this.#order;
    // A tenth of a millisecond: not worth the way to a thread.
    if (format.name === "gzip") this.#crc = crc32(block.bytes, this.#crc);
    const encoded = limit(() => encodeBlock(format, block)).then((bytes) => {
      this.#free.push(block.buffer);
      return [bytes, block.bytes.byteLength] as const;
    });
    // Whoever stops reading does not wait for the blocks that are under way.
    encoded.catch(() => undefined);
    return encoded;
  }

  /** What was made is freed at once: a collector would let gigabytes of it grow. */
  #copied(bytes: Uint8Array): Uint8Array {
    const { byteLength } = bytes;
    const chunk = byteLength < MIN_REUSED ? Buffer.from(bytes) : this.#place(byteLength).subarray(0, byteLength);
    if (byteLength >= MIN_REUSED) chunk.set(bytes);
    giveBackWhole(bytes);
    return chunk;
  }

  #place(length: number): Buffer {
    const used = this.#chunks.length === REUSED_CHUNKS ? this.#chunks.shift() : undefined;
    const place = used !== undefined && used.byteLength >= length ? used : Buffer.allocUnsafeSlow(length + SPARE);
    this.#chunks.push(place);
    return place;
  }

  #counted(bytes: Uint8Array): Uint8Array {
    this.#digester.update(bytes);
    this.#size += bytes.byteLength;
    return bytes;
  }

  #trailer(): Uint8Array {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#plainSize % 2 ** 32, 4);
    return trailer;
  }
}
