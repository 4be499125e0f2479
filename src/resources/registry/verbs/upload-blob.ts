import type { Descriptor } from "#oci";
import type { Plan, RegistryClient } from "../client.ts";
import { detailsOf } from "../failure.ts";
import type { BlobSource, UploadOptions } from "../types.ts";
import { untilUploaded } from "./until-uploaded.ts";
import type { Upload } from "./until-uploaded.ts";
import { UploadRequests } from "./upload-requests.ts";
import type { UploadSession } from "./upload-session.ts";

/** After a break the rest goes in pieces, so that another break costs no more than one. */
const CHUNK_SIZE = 32 * 1024 * 1024;
/** Below the limits that gateways are commonly given. */
const SMALL_CHUNK_SIZE = 8 * 1024 * 1024;

export interface BlobUpload {
  readonly path: string;
  readonly blob: Descriptor;
  readonly source: BlobSource;
  /** Left by a mount that was none. */
  readonly session: UploadSession | undefined;
}

export async function uploadBlob(client: RegistryClient, upload: BlobUpload, options: UploadOptions): Promise<void> {
  const { signal } = options;
  const plan: Plan = { operation: "upload the blob", capability: "push", patience: "transfer", signal, digest: upload.blob.digest };
  await untilUploaded(client, plan, new StoredBlobUpload(new UploadRequests(client, upload.path, plan, upload.session), upload, options));
}

/** Of bytes that can be read from any offset, and whose digest is known. */
class StoredBlobUpload implements Upload<void> {
  readonly requests: UploadRequests;
  readonly #blob: Descriptor;
  readonly #source: BlobSource;
  readonly #onProgress: (sent: number) => void;
  /** 0: all in one request, which every registry understands. */
  #chunkSize = 0;

  constructor(requests: UploadRequests, { blob, source }: BlobUpload, { onProgress }: UploadOptions) {
    this.requests = requests;
    this.#blob = blob;
    this.#source = source;
    this.#onProgress = onProgress ?? (() => undefined);
  }

  get most(): number {
    return this.#blob.size;
  }

  async attempt(): Promise<void> {
    const { requests } = this;
    const { digest, size } = this.#blob;
    const { minChunk } = await requests.begin();
    this.#onProgress(requests.offset);
    if (this.#chunkSize === 0 && requests.offset === 0) {
      await requests.finish(digest, size, size === 0 ? undefined : () => this.#bytes(size));
    } else {
      const chunkSize = Math.max(this.#chunkSize === 0 ? CHUNK_SIZE : this.#chunkSize, minChunk);
      while (requests.offset < size) {
        const length = Math.min(chunkSize, size - requests.offset);
        await requests.append(length, () => this.#bytes(length));
      }
      await requests.finish(digest, 0);
    }
    this.#onProgress(size);
  }

  adapt(error: unknown): boolean {
    const { status, isTransient } = detailsOf(error);
    // A gateway in front takes only so much at a time.
    if (status === 413 && (this.#chunkSize === 0 || this.#chunkSize > SMALL_CHUNK_SIZE) && this.#blob.size > SMALL_CHUNK_SIZE) {
      this.#chunkSize = SMALL_CHUNK_SIZE;
      return true;
    }
    if (isTransient === true) this.#chunkSize = Math.max(this.#chunkSize, CHUNK_SIZE);
    return false;
  }

  async *#bytes(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    let sent = this.requests.offset;
    for await (const chunk of this.#source(this.requests.offset)) {
      const part = chunk.byteLength > left ? chunk.subarray(0, left) : chunk;
      left -= part.byteLength;
      yield part;
      sent += part.byteLength;
      this.#onProgress(sent);
      if (left === 0) return;
    }
  }
}
