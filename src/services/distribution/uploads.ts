import { randomBytes } from "node:crypto";
import { createLimit, untilAborted } from "#async";
import type { Limit } from "#async";
import type { Ingest, StagedBlob } from "#content";
import { isEngineError } from "#errors";
import type { ImageDeps } from "#images";
import { algorithmOf } from "#oci";
import type { Digest } from "#oci";
import type { Chunk, UploadStatus } from "./distribution.ts";
import { registryError } from "./errors.ts";
import type { Repository } from "./names.ts";

/** Each may hold some megabytes of memory while it waits. */
const MAX_UPLOADS = 100;
const IDLE_MS = 60 * 60 * 1000;

type UploadDeps = Pick<ImageDeps, "content" | "now">;

interface Upload {
  readonly id: string;
  readonly repository: Repository;
  readonly inTurn: Limit;
  /** Begun with the first byte. */
  ingest: Ingest | undefined;
  received: number;
  lastUsed: number;
  sender: AbortController | undefined;
}

/** Blobs that are being sent. They live in this process alone: a restart forgets them. */
export class Uploads implements AsyncDisposable {
  readonly #deps: UploadDeps;
  readonly #uploads = new Map<string, Upload>();

  constructor(deps: UploadDeps) {
    this.#deps = deps;
  }

  begin(repository: Repository): UploadStatus {
    if (this.#uploads.size >= MAX_UPLOADS)
      throw registryError("TOOMANYREQUESTS", `there are ${MAX_UPLOADS} uploads under way, finish or cancel one`);
    const id = randomBytes(16).toString("hex");
    const lastUsed = this.#deps.now().getTime();
    this.#uploads.set(id, { id, repository, inTurn: createLimit(1), ingest: undefined, received: 0, lastUsed, sender: undefined });
    return { id, received: 0 };
  }

  status(repository: Repository, id: string): UploadStatus {
    const { received } = this.#find(repository, id);
    return { id, received };
  }

  async append(repository: Repository, id: string, chunk: Chunk): Promise<UploadStatus> {
    const upload = this.#find(repository, id);
    await this.#alone(upload, (signal) => this.#receive(upload, chunk, signal, undefined));
    return { id, received: upload.received };
  }

  /** The caller owns the blob: it is to be stored or discarded. */
  async finish(repository: Repository, id: string, digest: Digest, chunk: Chunk): Promise<StagedBlob> {
    const upload = this.#find(repository, id);
    return this.#alone(upload, async (signal) => {
      await this.#receive(upload, chunk, signal, digest);
      this.#uploads.delete(id);
      upload.ingest ??= await this.#deps.content.ingest({ inspect: false, digest, size: 0 });
      return this.#verify(await finished(upload.ingest, digest), digest);
    });
  }

  async cancel(repository: Repository, id: string): Promise<void> {
    await this.#drop(this.#find(repository, id));
  }

  async dropIdle(): Promise<void> {
    const limit = this.#deps.now().getTime() - IDLE_MS;
    for (const upload of this.#uploads.values()) if (upload.lastUsed <= limit) await this.#drop(upload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upload of this.#uploads.values()) await this.#drop(upload);
  }

  #find(repository: Repository, id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload?.repository !== repository) throw uploadUnknown();
    return upload;
  }

  /** Whoever comes last goes on: a client that is back after a cut must not wait until its old connection is found dead. */
  #alone<T>(upload: Upload, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    upload.sender?.abort();
    const sender = new AbortController();
    upload.sender = sender;
    return upload.inTurn(async () => {
      if (this.#uploads.get(upload.id) !== upload) throw uploadUnknown();
      return work(sender.signal);
    });
  }

  /** @param digest what the blob turns out to be, when that is known before its first byte. */
  async #receive(upload: Upload, { body, from, size }: Chunk, signal: AbortSignal, digest: Digest | undefined): Promise<void> {
    if (from !== undefined && from !== upload.received) {
      throw registryError("RANGE_INVALID", `the next byte is ${upload.received}, not ${from}`);
    }
    for await (const chunk of untilAborted(body, signal)) {
      await this.#write(upload, chunk, digest === undefined ? {} : { digest, ...(size !== undefined && { size }) });
      upload.received += chunk.byteLength;
      upload.lastUsed = this.#deps.now().getTime();
    }
    if (signal.aborted) throw registryError("BLOB_UPLOAD_INVALID", "another request has taken this upload over");
  }

  async #write(upload: Upload, chunk: Uint8Array, expected: { readonly digest?: Digest; readonly size?: number }): Promise<void> {
    try {
      upload.ingest ??= await this.#deps.content.ingest({ inspect: true, ...expected });
      await upload.ingest.write(chunk);
    } catch (error) {
      // Half a chunk may be written: there is no telling from where to go on.
      this.#uploads.delete(upload.id);
      await upload.ingest?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The digest became known only now, and it may be of another algorithm than was counted on. */
  async #verify(blob: StagedBlob, digest: Digest): Promise<StagedBlob> {
    if (blob.digest === digest) return blob;
    const { content } = this.#deps;
    if (algorithmOf(blob.digest) !== algorithmOf(digest)) {
      const named = await content.digestAgain(blob, algorithmOf(digest));
      if (named.digest === digest) return named;
    }
    await content.discard([blob]);
    throw wrongDigest(digest);
  }

  async #drop(upload: Upload): Promise<void> {
    this.#uploads.delete(upload.id);
    upload.sender?.abort();
    await upload.inTurn(async () => upload.ingest?.[Symbol.asyncDispose]());
  }
}

/** An ingest that was told what to expect finds out by itself. */
async function finished(ingest: Ingest, digest: Digest): Promise<StagedBlob> {
  try {
    return await ingest.finish();
  } catch (error) {
    throw isEngineError(error, "data-loss") ? wrongDigest(digest) : error;
  }
}

function wrongDigest(digest: Digest): Error {
  return registryError("DIGEST_INVALID", "provided digest did not match uploaded content", [{ digest }]);
}

function uploadUnknown(): Error {
  return registryError("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
}
