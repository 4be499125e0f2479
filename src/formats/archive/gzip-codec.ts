import { crc32, createInflateRaw } from "node:zlib";
import { corrupt } from "./codec.ts";
import type { Codec, PieceSink } from "./codec.ts";
import { unexpectedEnd } from "./errors.ts";
import { inflateSmall, SMALL_MEMBER_SIZE } from "./small-member.ts";
import type { SmallMember } from "./small-member.ts";
import { PIECE_SIZE, ZlibMember } from "./zlib-member.ts";

const FLAG = { headerCrc: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 } as const;

/** Parts of a member in their order (RFC 1952, 2.3); `ignored` is everything behind the last member. */
type State = "header" | "extra-length" | "extra" | "name" | "comment" | "header-crc" | "body" | "trailer" | "ignored";

/**
 * gzip as image layers are: any number of members, zeros between or behind them, and behind the last one anything
 * at all, which gzip(1) and Docker ignore. Frames members itself, because Node's gunzip loses the output that it
 * has made of a chunk when garbage follows in that chunk.
 */
export class GzipCodec implements Codec {
  readonly #sink: PieceSink;
  #state: State = "header";
  /** Bytes of a fixed-size part that have come so far. */
  #part: number[] = [];
  #flags = 0;
  #skip = 0;
  #members = 0;
  #member: ZlibMember | undefined;
  /** Compressed bytes of the member at hand; of the last one while the next has not begun. */
  #memberSize = Infinity;
  #crc = 0;
  #size = 0;

  constructor(sink: PieceSink) {
    this.#sink = sink;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength && this.#state !== "ignored";) {
      if (this.#state === "body") at = await this.#inflate(chunk, at);
      else at = this.#takeFraming(chunk, at);
    }
  }

  async end(): Promise<void> {
    // Without its trailer a member is cut off, even when all its data is there.
    if (this.#state === "body") await this.#member?.end();
    const isWhole = this.#state === "ignored" || (this.#state === "header" && this.#members > 0 && this.#part.length < 2);
    if (!isWhole) throw unexpectedEnd();
  }

  abort(): void {
    this.#member?.abort();
  }

  async #inflate(chunk: Uint8Array, at: number): Promise<number> {
    if (this.#member === undefined) {
      const small = this.#memberSize < SMALL_MEMBER_SIZE ? inflateSmall(chunk, at) : undefined;
      this.#memberSize = small?.consumed ?? 0;
      if (small !== undefined) return this.#passSmall(small, at);
    }
    this.#member ??= new ZlibMember("gzip", createInflateRaw({ chunkSize: PIECE_SIZE }), (piece) => this.#pass(piece));
    const left = await this.#member.write(at === 0 ? chunk : chunk.subarray(at));
    this.#memberSize += chunk.byteLength - at - (left ?? 0);
    if (left === undefined) return chunk.byteLength;
    await this.#member.end();
    this.#member = undefined;
    this.#state = "trailer";
    return chunk.byteLength - left;
  }

  async #passSmall({ output, consumed }: SmallMember, at: number): Promise<number> {
    this.#state = "trailer";
    const waited = output.byteLength > 0 ? this.#pass(output) : undefined;
    if (waited !== undefined) await waited;
    return at + consumed;
  }

  #pass(piece: Uint8Array): void | Promise<void> {
    this.#crc = crc32(piece, this.#crc);
    this.#size = (this.#size + piece.byteLength) % 2 ** 32;
    return this.#sink(piece);
  }

  /** Takes at least one byte of what stands around the deflate streams. */
  #takeFraming(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    switch (this.#state) {
      case "header":
        this.#onHeaderByte(byte);
        return at + 1;
      case "extra-length":
        if (this.#part.push(byte) < 2) return at + 1;
        this.#skip = littleEndian(this.#part);
        this.#state = "extra";
        if (this.#skip === 0) this.#enterAfter("extra");
        return at + 1;
      case "extra": {
        const length = Math.min(this.#skip, chunk.byteLength - at);
        this.#skip -= length;
        if (this.#skip === 0) this.#enterAfter("extra");
        return at + length;
      }
      case "name":
      case "comment": {
        const end = chunk.indexOf(0, at);
        if (end === -1) return chunk.byteLength;
        this.#enterAfter(this.#state);
        return end + 1;
      }
      case "header-crc":
        if (this.#part.push(byte) === 2) this.#enterAfter("header-crc");
        return at + 1;
      case "trailer":
        if (this.#part.push(byte) === 8) this.#onTrailer();
        return at + 1;
      default:
        return chunk.byteLength;
    }
  }

  #onHeaderByte(byte: number): void {
    const index = this.#part.length;
    if (this.#members > 0 && index === 0 && byte === 0) return;
    const isMagic = (index !== 0 || byte === 0x1f) && (index !== 1 || byte === 0x8b);
    if (!isMagic && this.#members > 0) {
      this.#state = "ignored";
      return;
    }
    if (!isMagic) throw corrupt("gzip", "invalid header");
    if (index === 2 && byte !== 8) throw corrupt("gzip", "unknown compression method");
    if (index === 3 && (byte & FLAG.reserved) !== 0) throw corrupt("gzip", "invalid header");
    if (this.#part.push(byte) < 10) return;
    this.#flags = this.#part[3] ?? 0;
    this.#enterAfter("header");
  }

  /** Goes to the next part that the flags say is there. */
  #enterAfter(part: "header" | "extra" | "name" | "comment" | "header-crc"): void {
    const parts = ["header", "extra", "name", "comment", "header-crc"] as const;
    const isPresent = [
      true,
      (this.#flags & FLAG.extra) !== 0,
      (this.#flags & FLAG.name) !== 0,
      (this.#flags & FLAG.comment) !== 0,
      (this.#flags & FLAG.headerCrc) !== 0,
    ];
    const next = parts.find((_, index) => index > parts.indexOf(part) && isPresent[index]);
    this.#part = [];
    this.#state = next === undefined ? "body" : next === "extra" ? "extra-length" : next;
    this.#crc = 0;
    this.#size = 0;
  }

  #onTrailer(): void {
    if (littleEndian(this.#part.slice(0, 4)) !== this.#crc) throw corrupt("gzip", "invalid checksum");
    if (littleEndian(this.#part.slice(4)) !== this.#size) throw corrupt("gzip", "invalid length");
    this.#part = [];
    this.#members++;
    this.#state = "header";
  }
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
