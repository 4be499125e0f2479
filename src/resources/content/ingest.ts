import { rm } from "node:fs/promises";
import { join } from "node:path";
import { algorithmOf } from "#oci";
import type { Digest } from "#oci";
import { BlobReceiver } from "./blob-receiver.ts";
import { digestMismatch, sizeMismatch } from "./errors.ts";
import type { IngestThread } from "./ingest-thread.ts";
import type { ReceiveOptions, ReceivedBlob } from "./received-blob.ts";

/** Smaller blobs are received in place: the trip to the worker would cost more than the work. */
const IN_PLACE = 128 * 1024;
const MAX_BLOB_SIZE = 1024 ** 4;

export interface IngestOptions {
  /** The name that the bytes must turn out to have. */
  readonly digest?: Digest;
  /** The length that they must turn out to have, in bytes. */
  readonly size?: number;
  /** Look for a layer in them. */
  readonly inspect: boolean;
  readonly unwrapForeign?: boolean;
}

/** A blob that is received whole, on disk and verified, but not yet visible: commit or discard it. */
export interface StagedBlob extends ReceivedBlob {
  readonly path: string;
}

/** Where the pass over the bytes runs: in the worker or in place. */
interface Receiver {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<ReceivedBlob>;
  abort(): Promise<void>;
}

/** An unfinished write. Bytes go in, a `StagedBlob` comes out; disposing of it unfinished removes it. */
export class Ingest implements AsyncDisposable {
  readonly #path: string;
  readonly #expected: IngestOptions;
  readonly #receiver: Receiver;
  #settled = false;

  private constructor(path: string, expected: IngestOptions, receiver: Receiver) {
    this.#path = path;
    this.#expected = expected;
    this.#receiver = receiver;
  }

  static async begin(directory: string, id: string, thread: IngestThread, durable: boolean, expected: IngestOptions): Promise<Ingest> {
    const path = join(directory, id);
    const options: ReceiveOptions = {
      durable,
      inspect: expected.inspect,
      maxSize: expected.size ?? MAX_BLOB_SIZE,
      unwrapForeign: expected.unwrapForeign ?? false,
      algorithm: expected.digest === undefined ? "sha256" : algorithmOf(expected.digest),
    };
    const inPlace = expected.size !== undefined && expected.size <= IN_PLACE;
    return new Ingest(path, expected, inPlace ? await BlobReceiver.create(path, options) : thread.begin(path, options));
  }

  write(chunk: Uint8Array): Promise<void> {
    return this.#receiver.write(chunk);
  }

  /** @throws data-loss when the bytes are not the expected ones; nothing is left behind then. */
  async finish(): Promise<StagedBlob> {
    const blob = await this.#receiver.finish();
    this.#settled = true;
    const { digest, size } = this.#expected;
    const wrong =
      size !== undefined && this.#expected.unwrapForeign !== true && blob.size !== size
        ? sizeMismatch(size, blob.size)
        : digest !== undefined && blob.digest !== digest
          ? digestMismatch(digest, blob.digest)
          : undefined;
    if (wrong !== undefined) {
      await rm(this.#path, { force: true });
      throw wrong;
    }
    return { ...blob, path: this.#path };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#settled) return;
    this.#settled = true;
    await this.#receiver.abort();
  }
}
