import type { TarBytes } from "./layer-reader.ts";

/** A tar too small to be worth a file. */
export class TarInMemory implements TarBytes {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(position: number, length: number): Promise<Buffer> {
    return Promise.resolve(this.#bytes.subarray(position, position + length));
  }

  async *stream({ start = 0, end = this.#bytes.byteLength }: { start?: number; end?: number } = {}): AsyncGenerator<Buffer> {
    yield this.#bytes.subarray(start, end);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
