import { Bzip2Decoder } from "./bzip2-decoder.ts";
import type { Codec, PieceSink } from "./codec.ts";
import { DEFAULT_DECOMPRESS_LIMITS } from "./compression.ts";
import type { Compression, DecompressLimits } from "./compression.ts";
import { limitExceeded } from "./errors.ts";
import { GzipCodec } from "./gzip-codec.ts";
import { SyncCodec } from "./sync-codec.ts";
import { XzDecoder } from "./xz-decoder.ts";
import { ZstdCodec } from "./zstd-codec.ts";

/** Decompression by pushing. A failed call is followed by no other but `abort`; every later one fails alike. */
export interface Decompressor {
  /** May be called again before it resolves; `chunk` may be reused once it has. Resolving means: it is taken in. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when all is out. @throws invalid-argument `unexpected EOF` when something is missing. */
  end(): Promise<void>;
  /** Frees the decoder at once; what is under way fails as cancelled. Needed only without `end`. */
  abort(): void;
}

export interface DecompressorOptions {
  readonly limits?: Partial<DecompressLimits>;
}

/**
 * A decoder that calls `onData` with each piece in order, while the next is already being made on another thread.
 * Pieces are the receiver's to keep. When `onData` gives a promise, no further piece comes before it resolves.
 */
export function createDecompressor(compression: Compression, onData: PieceSink, options: DecompressorOptions = {}): Decompressor {
  const limits = { ...DEFAULT_DECOMPRESS_LIMITS, ...options.limits };
  return new QueuedDecompressor(compression, onData, limits);
}

class QueuedDecompressor implements Decompressor {
  readonly #codec: Codec;
  readonly #limits: DecompressLimits;
  readonly #onData: PieceSink;
  #last: Promise<void> = Promise.resolve();
  #taken = 0;
  #made = 0;

  constructor(compression: Compression, onData: PieceSink, limits: DecompressLimits) {
    this.#limits = limits;
    this.#onData = onData;
    this.#codec = openCodec(compression, (piece) => this.#pass(piece));
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#then(() => {
      this.#taken += chunk.byteLength;
      return this.#codec.write(chunk);
    });
  }

  end(): Promise<void> {
    return this.#then(() => this.#codec.end());
  }

  abort(): void {
    this.#codec.abort();
  }

  #then(call: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(call);
    // Whoever called is told; without this a failure would also count as unhandled when nobody waits yet.
    this.#last.catch(() => undefined);
    return this.#last;
  }

  #pass(piece: Uint8Array): void | Promise<void> {
    const { maxBytes, maxRatio, ratioFrom } = this.#limits;
    this.#made += piece.byteLength;
    if (this.#made > maxBytes) throw limitExceeded(`it expands to ${this.#made} bytes and more`, `${maxBytes}`);
    if (this.#made > ratioFrom && this.#made > this.#taken * maxRatio) {
      throw limitExceeded(`it expands to more than ${maxRatio} times its size`, `${maxRatio}:1`);
    }
    return this.#onData(piece);
  }
}

function openCodec(compression: Compression, sink: PieceSink): Codec {
  switch (compression) {
    case "none":
      return { write: async (chunk) => sink(chunk), end: () => Promise.resolve(), abort: () => undefined };
    case "gzip":
      return new GzipCodec(sink);
    case "zstd":
      return new ZstdCodec(sink);
    case "bzip2":
      return new SyncCodec(new Bzip2Decoder(), sink);
    case "xz":
      return new SyncCodec(new XzDecoder(), sink);
    default:
      return compression satisfies never;
  }
}
