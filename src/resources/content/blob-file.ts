import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** Data is handed to the disk in the background every so often, so that the last sync has little left to do. */
const SYNC_EVERY = 16 * 1024 * 1024;

/** A file written front to back by overlapping writes. */
export class BlobFile {
  readonly #file: FileHandle;
  readonly #durable: boolean;
  #position = 0;
  #syncedAt = 0;
  #sync: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, durable: boolean) {
    this.#file = file;
    this.#durable = durable;
  }

  static async create(path: string, options: { durable: boolean }): Promise<BlobFile> {
    return new BlobFile(await open(path, "wx", 0o600), options.durable);
  }

  /** May be called again before it resolves; `chunk` may be reused once it has. */
  async write(chunk: Uint8Array): Promise<void> {
    const position = this.#position;
    this.#position += chunk.byteLength;
    if (this.#durable && this.#position - this.#syncedAt >= SYNC_EVERY) this.#syncBehind();
    let done = 0;
    while (done < chunk.byteLength) {
      const { bytesWritten } = await this.#file.write(chunk, done, chunk.byteLength - done, position + done);
      done += bytesWritten;
    }
  }

  /** A failed background sync is a failed file: the kernel reports lost data only once. */
  async finish(): Promise<void> {
    try {
      await this.#sync;
      if (this.#durable) await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
  }

  async abort(): Promise<void> {
    await this.#sync.catch(() => undefined);
    await this.#file.close();
  }

  #syncBehind(): void {
    this.#syncedAt = this.#position;
    this.#sync = this.#sync.then(() => this.#file.datasync());
    // Reported by `finish`; without this a failure would count as unhandled until then.
    this.#sync.catch(() => undefined);
  }
}
