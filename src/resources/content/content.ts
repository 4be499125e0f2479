import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { moveDurably } from "#disk";
import { dataLoss, isEngineError, notFound } from "#errors";
import { createDigester, algorithmOf, isDigest } from "#oci";
import type { Digest } from "#oci";
import { openBlob } from "./blob-reader.ts";
import type { BlobReader, StreamOptions } from "./blob-reader.ts";
import { BlobReceiver } from "./blob-receiver.ts";
import { damagedBlob } from "./errors.ts";
import { Ingest, isWorthResuming } from "./ingest.ts";
import type { IngestOptions, StagedBlob } from "./ingest.ts";
import { IngestThread } from "./ingest-thread.ts";
import type { Transfer } from "./ingest-thread.ts";
import { PartialBlobs } from "./partial-blobs.ts";
import { contentPaths } from "./paths.ts";
import type { ContentPaths } from "./paths.ts";
import { Quarantine } from "./quarantine.ts";
import type { ReceivedBlob, ReceiveOptions } from "./received-blob.ts";

const EXAMINE: Omit<ReceiveOptions, "algorithm" | "inspect"> = {
  durable: false,
  resume: false,
  maxSize: Number.MAX_SAFE_INTEGER,
  unwrapForeign: false,
  isPlainTree: false,
};

/** Immutable blobs on one directory; see the room's door for what it promises. */
export class Content implements AsyncDisposable {
  /** What arrived in part and waits for whoever wants it next. */
  readonly partial: PartialBlobs;
  readonly #paths: ContentPaths;
  readonly #durable: boolean;
  readonly #quarantine: Quarantine;
  readonly #thread = new IngestThread();
  /** Unique within the process; the directory is emptied at start, so no older process's names remain. */
  #nextId = 1;
  #emptying: Promise<void> = Promise.resolve();

  private constructor(paths: ContentPaths, durable: boolean, partial: PartialBlobs) {
    this.#paths = paths;
    this.#durable = durable;
    this.#quarantine = new Quarantine(paths.quarantine);
    this.partial = partial;
  }

  /** Trash of an earlier process, and its unfinished writes that cannot be resumed, are removed in the background. */
  static async open(root: string, options: { durable: boolean }): Promise<Content> {
    const paths = contentPaths(root);
    await mkdir(join(paths.blobs, "sha256"), { recursive: true, mode: 0o700 });
    await mkdir(paths.ingest, { recursive: true, mode: 0o700 });
    await mkdir(paths.trash, { recursive: true, mode: 0o700 });
    const content = new Content(paths, options.durable, await PartialBlobs.open(paths.partial));
    for (const name of await readdir(paths.ingest)) await rename(join(paths.ingest, name), content.#trashPath());
    content.#emptyTrash();
    content.#inBackground(() => content.#quarantine.tidy());
    return content;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#emptying;
    await this.#thread[Symbol.asyncDispose]();
  }

  /** Begins a write of unknown content. The result is invisible until it is committed. */
  async ingest(options: IngestOptions): Promise<Ingest> {
    const { digest, size = 0, signal } = options;
    await this.partial.makeRoom(size, digest);
    const claim = digest !== undefined && isWorthResuming(options) ? await this.partial.claim(digest, signal) : undefined;
    const place = claim === undefined ? { path: join(this.#paths.ingest, String(this.#nextId++)) } : { path: claim.path, claim };
    return Ingest.begin(place, this.#thread, this.#durable, options);
  }

  /** Stages a document that is in memory. */
  async stage(bytes: Uint8Array, options: Partial<IngestOptions> = {}): Promise<StagedBlob> {
    await using ingest = await this.ingest({ inspect: false, ...options, size: bytes.byteLength });
    await ingest.write(bytes);
    return await ingest.finish();
  }

  /** What one pass over bytes in memory finds out about the tar that they are; they are not stored. */
  async inspect(bytes: Uint8Array, { isPlainTree }: { readonly isPlainTree: boolean }): Promise<ReceivedBlob> {
    const receiver = await BlobReceiver.create(undefined, { ...EXAMINE, inspect: true, isPlainTree, algorithm: "sha256" });
    await receiver.write(bytes);
    return receiver.finish();
  }

  /** A staged blob under the name that another algorithm gives its bytes. */
  async digestAgain(blob: StagedBlob, algorithm: string): Promise<StagedBlob> {
    await using staged = await openBlob(blob.path);
    const digester = createDigester(algorithm);
    for await (const chunk of staged.stream()) digester.update(chunk);
    return { ...blob, digest: digester.digest() };
  }

  /** Makes staged blobs readable under their digests, durably. Idempotent: resolving means "they are stored". */
  async commit(blobs: Iterable<StagedBlob>): Promise<void> {
    const staged = [...blobs];
    const moves: [string, string][] = [];
    for (const blob of staged) {
      const target = this.#paths.blob(blob.digest);
      if (algorithmOf(blob.digest) !== "sha256") await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      moves.push([blob.path, target]);
    }
    await moveDurably(moves, { durable: this.#durable });
    for (const { digest, claim } of staged) await (claim?.remove() ?? this.partial.stored(digest));
  }

  /** Removes staged blobs that were not committed, except that resumable ones stay for whoever wants them next. */
  async discard(blobs: Iterable<StagedBlob>): Promise<void> {
    for (const { path, digest, claim } of blobs) {
      if (claim === undefined) await rm(path, { force: true });
      else await ((await this.find(digest)) === undefined ? claim.release() : claim.remove());
    }
  }

  /** @throws not-found. */
  async open(digest: Digest): Promise<BlobReader> {
    try {
      return await openBlob(this.#paths.blob(digest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw notFound(`content ${digest}: not found`, { cause: error });
      throw error;
    }
  }

  /** A received blob's bytes, from wherever they are by now. */
  async openStaged({ path, digest }: StagedBlob): Promise<BlobReader> {
    try {
      return await openBlob(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return this.open(digest);
    }
  }

  /** Reads a document whole. `maxSize` in bytes: larger ones are refused, and so is one whose bytes are not its digest's. */
  async read(digest: Digest, maxSize: number): Promise<Buffer> {
    await using blob = await this.open(digest);
    if (blob.size > maxSize) throw dataLoss(`content ${digest}: ${blob.size} bytes is more than the ${maxSize} that are read at once`);
    // By the open file: the name may be gone by now.
    const bytes = await blob.read(0, blob.size);
    const digester = createDigester(algorithmOf(digest));
    digester.update(bytes);
    const actual = digester.digest();
    if (actual !== digest) throw damagedBlob(digest, `its bytes have the digest ${actual}`);
    return bytes;
  }

  /**
   * Streams an open blob and verifies it beside the event loop. The last bytes come only when all of them together are
   * those of the digest, so that what is damaged never looks whole.
   *
   * @throws data-loss in place of the last bytes.
   */
  async *streamVerified(digest: Digest, blob: BlobReader, options: StreamOptions = {}): AsyncGenerator<Buffer> {
    await using transfer = this.#examination(digest, { inspect: false });
    let last: Buffer | undefined;
    for await (const chunk of blob.stream(options)) {
      await transfer.write(chunk);
      if (last !== undefined) yield last;
      last = chunk;
    }
    const { digest: actual } = await transfer.finish();
    if (actual !== digest) throw damagedBlob(digest, `its bytes have the digest ${actual}`);
    if (last !== undefined) yield last;
  }

  /**
   * Reads an open blob front to back, each call going on behind the last, and verifies it. For whoever fills buffers of
   * their own with some hundred kilobytes at a time: those are hashed where they lie, which takes less than moving them.
   *
   * @throws data-loss in place of saying that nothing follows, when the bytes were not those of the digest.
   */
  readVerified(digest: Digest, blob: BlobReader): (into: Uint8Array) => Promise<number> {
    const digester = createDigester(algorithmOf(digest));
    let position = 0;
    return async (into) => {
      const size = await blob.readInto(into, position);
      position += size;
      digester.update(into.subarray(0, size));
      if (size > 0 || into.byteLength === 0) return size;
      const actual = digester.digest();
      if (actual !== digest) throw damagedBlob(digest, `its bytes have the digest ${actual}`);
      return 0;
    };
  }

  /** Size in bytes, or `undefined` when it is not stored. */
  async find(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.#paths.blob(digest))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Every stored blob, in no order. Files that do not belong here are named in `strays`. */
  async list(): Promise<{ digests: Digest[]; strays: string[] }> {
    const digests: Digest[] = [];
    const strays: string[] = [];
    for (const algorithm of await readdir(this.#paths.blobs)) {
      for (const hex of await readdir(join(this.#paths.blobs, algorithm))) {
        const digest = `${algorithm}:${hex}`;
        if (isDigest(digest)) digests.push(digest);
        else strays.push(join("blobs", algorithm, hex));
      }
    }
    return { digests, strays };
  }

  /** Makes the pass of ingest over a stored blob again, writing nothing. Another digest than its own means damage. */
  async examine(digest: Digest): Promise<ReceivedBlob> {
    await using blob = await this.open(digest);
    await using transfer = this.#examination(digest, { inspect: true });
    for await (const chunk of blob.stream()) await transfer.write(chunk);
    return await transfer.finish();
  }

  /** Whether the stored bytes are those of the digest. False, too, when there are none. */
  async isSound(digest: Digest): Promise<boolean> {
    try {
      await using blob = await this.open(digest);
      for await (const _ of this.streamVerified(digest, blob));
      return true;
    } catch (error) {
      if (isEngineError(error, "not-found") || isEngineError(error, "data-loss")) return false;
      throw error;
    }
  }

  /** Moves a damaged blob out of the way, where it is kept for a look as long as there is room. */
  async quarantine(digest: Digest): Promise<void> {
    try {
      await this.#quarantine.take(this.#paths.blob(digest), digest);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await rm(this.#paths.blob(digest), { force: true });
    }
  }

  /** Moves blobs out of sight at once; their space is given back in the background. Absent ones are fine. */
  async remove(digests: Iterable<Digest>): Promise<void> {
    for (const digest of digests) await this.#trash(this.#paths.blob(digest));
    this.#emptyTrash();
  }

  /** Resolves when everything removed so far has left the disk. */
  async settled(): Promise<void> {
    await this.#emptying;
  }

  async #trash(path: string): Promise<void> {
    try {
      await rename(path, this.#trashPath());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      // A full disk may have no room for the new name, but removing must still work there.
      if (!isDiskFull(error)) throw error;
      await rm(path, { force: true });
    }
  }

  #trashPath(): string {
    return join(this.#paths.trash, `${process.pid}-${this.#nextId++}`);
  }

  #examination(digest: Digest, { inspect }: { inspect: boolean }): Transfer {
    return this.#thread.begin(undefined, { ...EXAMINE, inspect, algorithm: algorithmOf(digest) });
  }

  #emptyTrash(): void {
    this.#inBackground(async () => {
      for (const name of await readdir(this.#paths.trash)) {
        await rm(join(this.#paths.trash, basename(name)), { recursive: true, force: true });
      }
    });
  }

  /** What could not be removed now is removed at the next start; nothing refers to it. */
  #inBackground(removing: () => Promise<void>): void {
    this.#emptying = this.#emptying.then(removing).catch(() => undefined);
  }
}

function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}
