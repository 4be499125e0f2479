import { availableParallelism } from "node:os";
import { createLimit } from "#async";
import type { Limit } from "#async";
import { CompressedBlob } from "./compressed-blob.ts";
import type { TarSource } from "./cut-into-blocks.ts";
import type { CompressionFormat } from "./format.ts";

/** Node's pool has four threads unless told otherwise; one is left for files and names. */
const MAX_THREADS = 3;

/** Compresses, with a place for each thread that all streams share. */
export class Compressor {
  readonly #threads: number;
  readonly #limit: Limit;

  /** @param options.threads by default one for each core, up to what Node's pool can spare. */
  constructor(options: { readonly threads?: number } = {}) {
    this.#threads = options.threads ?? Math.min(availableParallelism(), MAX_THREADS);
    this.#limit = createLimit(this.#threads);
  }

  /** The tar is opened when the result is read. `onRead` is told how many bytes of it have gone out so far. */
  compress(open: () => Promise<TarSource>, format: CompressionFormat, onRead: (size: number) => void = () => undefined): CompressedBlob {
    // Each thread has a block, and while the first of them goes out, so has the next in line.
    return new CompressedBlob({ open, format, onRead, limit: this.#limit, depth: this.#threads + 1 });
  }
}
