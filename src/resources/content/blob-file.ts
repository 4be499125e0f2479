import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** Data is handed to the disk in the background every so often, so that the last sync has little left to do. */
const SYNC_EVERY = 16 * 1024 * 1024;

const READ_BACK = 1024 * 1024;

/** A file written front to back, one write after the other: what a killed process leaves is a beginning without holes. */
export class BlobFile {
  readonly #file: FileHandle;
  readonly #durable: boolean;
  #position = 0;
  #syncedAt = 0;
  #written: Promise<void> = Promise.resolve();
  #sync: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, durable: boolean) {
    this.#file = file;
    this.#durable = durable;
  }

  /** With `resume` it may be there already; `readBack` then comes before the first write. */
  static async open(path: string, { durable, resume }: { durable: boolean; resume: boolean }): Promise<BlobFile> {
    const how = resume ? constants.O_RDWR | constants.O_CREAT : "wx";
    return new BlobFile(await open(path, how, 0o600), durable);
  }

  /** What is in it already, in chunks that are reused; writes go on behind that. Less than `least` and more than `most` bytes are dropped. */
  async *readBack({ least, most }: { least: number; most: number }): AsyncGenerator<Uint8Array, void, undefined> {
    const { size } = await this.#file.stat();
    if (size < least || size > most) return this.#file.truncate(0);
    const buffer = Buffer.allocUnsafe(Math.min(READ_BACK, size));
    while (this.#position < size) {
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.byteLength, size - this.#position), this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** May be called again before it resolves; `chunk` may be reused once it has. */
  write(chunk: Uint8Array): Promise<void> {
    const position = this.#position;
    this.#position += chunk.byteLength;
    if (this.#durable && this.#position - this.#syncedAt >= SYNC_EVERY) this.#syncBehind();
    this.#written = this.#written.then(() => this.#put(chunk, position));
    return this.#written;
  }

  /** A failed background sync is a failed file: the kernel reports lost data only once. */
  async finish(): Promise<void> {
    try {
      await this.#written;
      await this.#sync;
      if (this.#durable) await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }

  /** Resolves when nothing is under way any more: whether all that was written is in the file. */
  async abort(): Promise<boolean> {
    const settled = await Promise.allSettled([this.#written, this.#sync]);
    await this.#file.close();
    return settled.every(({ status }) => status === "fulfilled");
  }

  async #put(chunk: Uint8Array, position: number): Promise<void> {
    let done = 0;
    while (done < chunk.byteLength) {
      const { bytesWritten } = await this.#file.write(chunk, done, chunk.byteLength - done, position + done);
      done += bytesWritten;
    }
  }

  #syncBehind(): void {
    this.#syncedAt = this.#position;
    this.#sync = this.#sync.then(() => this.#file.datasync());
    // Reported by `finish`; without this a failure would count as unhandled until then.
    this.#sync.catch(() => undefined);
  }
}
