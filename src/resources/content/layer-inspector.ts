import { giveBack } from "#async";
import { createDecompressor, LayerScanner } from "#archive";
import type { Compression, Decompressor } from "#archive";
import { isEngineError } from "#errors";
import { createDigester } from "#oci";
import type { Digest } from "#oci";
import type { ReceivedLayer } from "./received-blob.ts";

interface InspectorOptions {
  readonly keep: ((tar: Uint8Array) => Promise<void>) | undefined;
  readonly hash: boolean;
  readonly isPlainTree: boolean;
}

/** Finds diffID and entries of a layer while its bytes go by; bytes that are no layer are let through with a reason. */
export class LayerInspector {
  readonly #compression: Compression;
  readonly #digester: ReturnType<typeof createDigester> | undefined;
  readonly #scanner: LayerScanner;
  readonly #decompressor: Decompressor | undefined;
  readonly #keep: ((tar: Uint8Array) => Promise<void>) | undefined;
  /** Pieces come in memory that is made for them: Node's decoders do so, and nobody keeps them. */
  readonly #isOurs: boolean;
  #notLayer: string | undefined;

  /** With `keep` the uncompressed bytes are what shall be stored. Without `hash` they are hashed by whoever stores them. */
  constructor(compression: Compression, options: InspectorOptions) {
    this.#scanner = new LayerScanner({ hidesByName: !options.isPlainTree });
    this.#compression = compression;
    this.#keep = options.keep;
    this.#digester = options.hash ? createDigester() : undefined;
    this.#isOurs = (compression === "gzip" || compression === "zstd") && options.keep === undefined;
    this.#decompressor = compression === "none" ? undefined : createDecompressor(compression, (tar) => this.#scan(tar));
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#notLayer !== undefined) return;
    try {
      await (this.#decompressor === undefined ? this.#scan(chunk) : this.#decompressor.write(chunk));
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** All that was written has gone through when this resolves. */
  async drain(): Promise<void> {
    if (this.#notLayer !== undefined) return;
    try {
      await this.#decompressor?.end();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** @param stored the digest of the stored bytes, which is the diffID when they are the tar itself. */
  finish(stored: Digest): { layer: ReceivedLayer | undefined; notLayer: string | undefined } {
    if (this.#notLayer === undefined) {
      try {
        const { index, entries, unpackedSize } = this.#scanner.finish();
        const facts = { diffId: this.#digester?.digest() ?? stored, unpackedSize, entries, index };
        return { layer: { ...facts, compression: this.#keep === undefined ? this.#compression : "none" }, notLayer: undefined };
      } catch (error) {
        this.#giveUp(error);
      }
    }
    return { layer: undefined, notLayer: this.#notLayer };
  }

  abort(): void {
    this.#decompressor?.abort();
  }

  /** Returns a promise only when the bytes are also kept, so that the decoder waits for the disk. */
  #scan(tar: Uint8Array): Promise<void> | undefined {
    this.#digester?.update(tar);
    const kept = this.#keep?.(tar);
    this.#scanner.push(tar);
    if (this.#isOurs) giveBack(tar);
    return kept;
  }

  #giveUp(error: unknown): void {
    // Bytes that must be stored unwrapped have no second form to fall back to.
    if (!isEngineError(error) || this.#keep !== undefined) throw error;
    this.#notLayer = error.message;
    this.abort();
  }
}
