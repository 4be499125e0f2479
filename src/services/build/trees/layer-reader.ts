import type { BlobReader } from "#content";

const WINDOW = 1024 * 1024;
const LARGE = 256 * 1024;

/** A tar to read from, wherever it is. */
export type TarBytes = Pick<BlobReader, "read" | "stream" | typeof Symbol.asyncDispose>;

/** Reads files out of a layer's tar. Small ones mostly follow one another, so what lies behind one is read along with it. */
export class LayerReader implements AsyncDisposable {
  readonly #blob: TarBytes;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(blob: TarBytes) {
    this.#blob = blob;
  }

  /** The bytes of a stretch of the tar, which must be in it. */
  async *read(offset: number, length: number): AsyncGenerator<Uint8Array> {
    if (length > LARGE) yield* this.#blob.stream({ start: offset, end: offset + length });
    else if (length > 0) yield await this.#readSmall(offset, length);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#blob[Symbol.asyncDispose]();
  }

  async #readSmall(offset: number, length: number): Promise<Uint8Array> {
    const start = this.#start;
    const window = this.#window;
    if (offset >= start && offset + length <= start + window.byteLength) return window.subarray(offset - start, offset - start + length);
    const fresh = await this.#blob.read(offset, WINDOW);
    this.#window = fresh;
    this.#start = offset;
    return fresh.subarray(0, length);
  }
}
