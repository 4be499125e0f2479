import { constants, createZstdDecompress } from "node:zlib";
import { corrupt } from "./codec.ts";
import type { Codec, PieceSink } from "./codec.ts";
import { isSkippableFrame } from "./compression.ts";
import { unexpectedEnd } from "./errors.ts";
import { unpackSmallFrame } from "./small-member.ts";
import type { SmallMember } from "./small-member.ts";
import { PIECE_SIZE, ZlibMember } from "./zlib-member.ts";

/** log2 of the largest window (RFC 8878, 3.1.1.1.2) that is decoded: 128 MiB, what `zstd --long` asks for. */
const MAX_WINDOW_LOG = 27;

/** Zstandard: any number of frames and skippable frames, which Node's decoder would stop between. */
export class ZstdCodec implements Codec {
  readonly #sink: PieceSink;
  #state: "magic" | "skip-size" | "skip" | "frame" = "magic";
  #part: number[] = [];
  #skip = 0;
  #frames = 0;
  #frame: ZlibMember | undefined;

  constructor(sink: PieceSink) {
    this.#sink = sink;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#state === "frame") at = await this.#decode(chunk, at);
      else at = await this.#takeFraming(chunk, at);
    }
  }

  async end(): Promise<void> {
    await this.#frame?.end();
    this.#frame = undefined;
    const isWhole = this.#state === "frame" || (this.#state === "magic" && this.#part.length === 0 && this.#frames > 0);
    if (!isWhole) throw unexpectedEnd();
  }

  abort(): void {
    this.#frame?.abort();
  }

  async #decode(chunk: Uint8Array, at: number): Promise<number> {
    const left = await this.#frame?.write(at === 0 ? chunk : chunk.subarray(at));
    if (left === undefined) return chunk.byteLength;
    await this.#frame?.end();
    this.#frame = undefined;
    this.#state = "magic";
    return chunk.byteLength - left;
  }

  async #takeFraming(chunk: Uint8Array, at: number): Promise<number> {
    if (this.#state === "skip") {
      const length = Math.min(this.#skip, chunk.byteLength - at);
      this.#skip -= length;
      if (this.#skip === 0) this.#state = "magic";
      return at + length;
    }
    if (this.#state === "magic" && this.#part.length === 0 && isFrame(chunk, at)) {
      const small = unpackSmallFrame(chunk, at);
      if (small !== undefined) return this.#passSmall(small, at);
    }
    if (this.#part.push(chunk[at] ?? 0) < 4) return at + 1;
    const part = Uint8Array.from(this.#part);
    this.#part = [];
    if (this.#state === "magic") await this.#onMagic(part);
    else this.#onSkipSize(part);
    return at + 1;
  }

  async #passSmall({ output, consumed }: SmallMember, at: number): Promise<number> {
    this.#frames++;
    const waited = output.byteLength > 0 ? this.#sink(output) : undefined;
    if (waited !== undefined) await waited;
    return at + consumed;
  }

  /** The decoder wants the magic number, which may have come in pieces, back in front of the frame. */
  async #onMagic(magic: Uint8Array): Promise<void> {
    this.#frames++;
    if (isSkippableFrame(magic)) {
      this.#state = "skip-size";
      return;
    }
    if (!isFrame(magic, 0)) throw corrupt("zstd", "unknown frame");
    const stream = createZstdDecompress({ chunkSize: PIECE_SIZE, params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } });
    this.#frame = new ZlibMember("zstd", stream, this.#sink);
    this.#state = "frame";
    await this.#frame.write(magic);
  }

  #onSkipSize(size: Uint8Array): void {
    this.#skip = new DataView(size.buffer).getUint32(0, true);
    this.#state = this.#skip === 0 ? "magic" : "skip";
  }
}

function isFrame(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x28 && bytes[at + 1] === 0xb5 && bytes[at + 2] === 0x2f && bytes[at + 3] === 0xfd;
}
