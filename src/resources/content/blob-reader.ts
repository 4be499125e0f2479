import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { throwIfAborted } from "#errors";

const CHUNK_SIZE = 1024 * 1024;

/** An open blob: it stays readable while it is open, even when it is removed meanwhile. */
export class BlobReader implements AsyncDisposable {
  readonly #file: FileHandle;
  /** Bytes. */
  readonly size: number;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Reads up to `length` bytes at `position`; fewer only at the end. */
  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)));
    let done = 0;
    while (done < buffer.byteLength) {
      const { bytesRead } = await this.#file.read(buffer, done, buffer.byteLength - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  /** Fills the beginning of `into` from `position` on; resolves with how many bytes there were, none at the end. */
  async readInto(into: Uint8Array, position: number): Promise<number> {
    const length = Math.min(into.byteLength, this.size - position);
    return length <= 0 ? 0 : (await this.#file.read(into, 0, length, position)).bytesRead;
  }

  /** Chunks of up to 1 MiB from `start`; the next one is read while the current one is in use. */
  async *stream(options: { start?: number; end?: number; signal?: AbortSignal } = {}): AsyncGenerator<Buffer> {
    const { start = 0, end = this.size, signal } = options;
    let position = start;
    let ahead = this.read(position, Math.min(CHUNK_SIZE, end - position));
    try {
      while (position < end) {
        throwIfAborted(signal);
        const chunk = await ahead;
        if (chunk.byteLength === 0) return;
        position += chunk.byteLength;
        ahead = this.read(position, Math.min(CHUNK_SIZE, end - position));
        yield chunk;
      }
    } finally {
      // The file must not be closed under a read, and nobody waits for this one's error.
      await ahead.catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

export async function openBlob(path: string): Promise<BlobReader> {
  const file = await open(path, "r");
  return new BlobReader(file, (await file.stat()).size);
}
