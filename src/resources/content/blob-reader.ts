import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { throwIfAborted } from "#errors";

const CHUNK_SIZE = 1024 * 1024;

/** Between the disk and whoever takes the bytes, who may look at two chunks and have one more verified and one being read. */
const REUSED_CHUNKS = 5;

export interface StreamOptions {
  readonly start?: number;
  readonly end?: number;
  /**
   * A chunk is written over some time after the one after the next was asked for: a transfer of gigabytes leaves nothing to a
   * collector, which would let it grow meanwhile.
   */
  readonly reuses?: boolean;
  readonly signal?: AbortSignal;
}

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
    return this.#fill(Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position))), position);
  }

  /** Fills the beginning of `into` from `position` on; resolves with how many bytes there were, none at the end. */
  async readInto(into: Uint8Array, position: number): Promise<number> {
    const length = Math.min(into.byteLength, this.size - position);
    return length <= 0 ? 0 : (await this.#file.read(into, 0, length, position)).bytesRead;
  }

  /** Chunks of up to 1 MiB from `start`; the next one is read while the current one is in use. */
  async *stream({ start = 0, end = this.size, reuses = false, signal }: StreamOptions = {}): AsyncGenerator<Buffer> {
    const chunks: Buffer[] = [];
    const read = (from: number): Promise<Buffer> => {
      const length = Math.max(0, Math.min(CHUNK_SIZE, end - from, this.size - from));
      const used = reuses && chunks.length === REUSED_CHUNKS ? chunks.shift() : undefined;
      const chunk = used ?? Buffer.allocUnsafe(length);
      if (reuses) chunks.push(chunk);
      return this.#fill(chunk.subarray(0, length), from);
    };
    let position = start;
    let ahead = read(position);
    try {
      while (position < end) {
        throwIfAborted(signal);
        const chunk = await ahead;
        if (chunk.byteLength === 0) return;
        position += chunk.byteLength;
        ahead = read(position);
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

  async #fill(buffer: Buffer, position: number): Promise<Buffer> {
    let done = 0;
    while (done < buffer.byteLength) {
      const { bytesRead } = await this.#file.read(buffer, done, buffer.byteLength - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }
}

export async function openBlob(path: string): Promise<BlobReader> {
  const file = await open(path, "r");
  return new BlobReader(file, (await file.stat()).size);
}
