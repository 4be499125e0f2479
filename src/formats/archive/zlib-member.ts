import type { InflateRaw, ZstdDecompress } from "node:zlib";
import { cancelled, toEngineError } from "#errors";
import type { EngineError } from "#errors";
import { corrupt } from "./codec.ts";
import type { PieceSink } from "./codec.ts";
import type { Compression } from "./compression.ts";
import { unexpectedEnd } from "./errors.ts";

/** Bytes of output that one call into zlib may make; a quarter MiB costs a third less than Node's default. */
export const PIECE_SIZE = 256 * 1024;

/**
 * One gzip member's deflate stream or one zstd frame, on Node's own decoder, which runs on the thread pool: a piece
 * is handed on while the next is being made. Node stops at the end of a member; what is left over is the caller's.
 */
export class ZlibMember {
  readonly #compression: Compression;
  readonly #stream: InflateRaw | ZstdDecompress;
  readonly #sink: PieceSink;
  readonly #pieces: Uint8Array[] = [];
  #drained: Promise<void> = Promise.resolve();
  #isDraining = false;
  #written = 0;
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(compression: Compression, stream: InflateRaw | ZstdDecompress, sink: PieceSink) {
    this.#compression = compression;
    this.#stream = stream;
    this.#sink = sink;
    stream.on("data", (piece: Uint8Array) => this.#onPiece(piece));
    stream.on("end", () => this.#onEnd());
    stream.on("error", (error) => this.#fail(this.#translate(error)));
  }

  /** How many last bytes of `chunk` lie behind the member's end; undefined while the member may go on. */
  async write(chunk: Uint8Array): Promise<number | undefined> {
    this.#written += chunk.byteLength;
    let isTaken = false;
    this.#stream.write(chunk, () => {
      isTaken = true;
      this.#wake?.();
    });
    while (!isTaken && !this.#isEnded && this.#failure === undefined) await this.#event();
    await this.#settled();
    if (!this.#isEnded) return undefined;
    return this.#written - this.#stream.bytesWritten;
  }

  /** Says that no more will come. */
  async end(): Promise<void> {
    if (!this.#isEnded) this.#stream.end();
    while (!this.#isEnded && this.#failure === undefined) await this.#event();
    await this.#settled();
    this.#stream.destroy();
  }

  abort(): void {
    this.#fail(cancelled());
    this.#stream.destroy();
  }

  async #settled(): Promise<void> {
    while (this.#isDraining && this.#failure === undefined) await this.#drained;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #event(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #onPiece(piece: Uint8Array): void {
    this.#pieces.push(piece);
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#drained = this.#drain();
  }

  /** Off this call stack, because Node starts on the next piece only when the `data` event returns. */
  async #drain(): Promise<void> {
    try {
      await Promise.resolve();
      for (let piece = this.#pieces.shift(); piece !== undefined && this.#failure === undefined; piece = this.#pieces.shift()) {
        const waited = this.#sink(piece);
        if (waited === undefined) continue;
        this.#stream.pause();
        await waited;
        this.#stream.resume();
      }
    } catch (error) {
      this.#fail(error);
      this.#stream.destroy();
    } finally {
      this.#isDraining = false;
    }
  }

  #onEnd(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  #translate(error: Error & { code?: string }): EngineError {
    if (error.code === "Z_BUF_ERROR") return unexpectedEnd();
    return toEngineError(error) ?? corrupt(this.#compression, error.message, error);
  }
}
