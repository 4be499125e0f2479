import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { moveDurably } from "#disk";
import { dataLoss, notFound } from "#errors";
import { createDigester, algorithmOf, isDigest } from "#oci";
import type { Digest } from "#oci";
import { openBlob } from "./blob-reader.ts";
import type { BlobReader } from "./blob-reader.ts";
import { Ingest } from "./ingest.ts";
import type { IngestOptions, StagedBlob } from "./ingest.ts";
import { IngestThread } from "./ingest-thread.ts";
import { contentPaths } from "./paths.ts";
import type { ContentPaths } from "./paths.ts";
import type { ReceivedBlob, ReceiveOptions } from "./received-blob.ts";

const EXAMINE: Omit<ReceiveOptions, "algorithm"> = {
  durable: false,
  inspect: true,
  maxSize: Number.MAX_SAFE_INTEGER,
  unwrapForeign: false,
};

/** Immutable blobs on one directory; see the room's door for what it promises. */
export class Content implements AsyncDisposable {
  readonly #paths: ContentPaths;
  readonly #durable: boolean;
  readonly #thread = new IngestThread();
  /** Unique within the process; the directory is emptied at start, so no older process's names remain. */
  #nextId = 1;
  #emptying: Promise<void> = Promise.resolve();

  private constructor(paths: ContentPaths, durable: boolean) {
    this.#paths = paths;
    this.#durable = durable;
  }

  /** Unfinished writes and trash of an earlier process are removed in the background: nothing can refer to them. */
  static async open(root: string, options: { durable: boolean }): Promise<Content> {
    const paths = contentPaths(root);
    await mkdir(join(paths.blobs, "sha256"), { recursive: true, mode: 0o700 });
    await mkdir(paths.ingest, { recursive: true, mode: 0o700 });
    await mkdir(paths.trash, { recursive: true, mode: 0o700 });
    const content = new Content(paths, options.durable);
    for (const name of await readdir(paths.ingest)) await rename(join(paths.ingest, name), content.#trashPath());
    content.#emptyTrash();
    return content;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#emptying;
    await this.#thread[Symbol.asyncDispose]();
  }

  /** Begins a write of unknown content. The result is invisible until it is committed. */
  ingest(options: IngestOptions): Promise<Ingest> {
    return Ingest.begin(this.#paths.ingest, String(this.#nextId++), this.#thread, this.#durable, options);
  }

  /** Stages a document that is in memory. */
  async stage(bytes: Uint8Array, options: Partial<IngestOptions> = {}): Promise<StagedBlob> {
    await using ingest = await this.ingest({ inspect: false, ...options, size: bytes.byteLength });
    await ingest.write(bytes);
    return await ingest.finish();
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
    const moves: [string, string][] = [];
    for (const blob of blobs) {
      const target = this.#paths.blob(blob.digest);
      if (algorithmOf(blob.digest) !== "sha256") await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      moves.push([blob.path, target]);
    }
    await moveDurably(moves, { durable: this.#durable });
  }

  /** Removes staged blobs that were not committed; those that were are left alone. */
  async discard(blobs: Iterable<StagedBlob>): Promise<void> {
    for (const blob of blobs) await rm(blob.path, { force: true });
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

  /** Reads a document whole. `maxSize` in bytes: larger ones are refused, and so is one whose bytes are not its digest's. */
  async read(digest: Digest, maxSize: number): Promise<Buffer> {
    await using blob = await this.open(digest);
    if (blob.size > maxSize) throw dataLoss(`content ${digest}: ${blob.size} bytes is more than the ${maxSize} that are read at once`);
    const bytes = await readFile(this.#paths.blob(digest));
    const digester = createDigester(algorithmOf(digest));
    digester.update(bytes);
    if (digester.digest() !== digest) throw dataLoss(`content ${digest}: the stored bytes are damaged`);
    return bytes;
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
    await using transfer = this.#thread.begin(undefined, { ...EXAMINE, algorithm: algorithmOf(digest) });
    for await (const chunk of blob.stream()) await transfer.write(chunk);
    return await transfer.finish();
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
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return;
      // A full disk may have no room for the new name, but removing must still work there.
      if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
      await rm(path, { force: true });
    }
  }

  #trashPath(): string {
    return join(this.#paths.trash, `${process.pid}-${this.#nextId++}`);
  }

  #emptyTrash(): void {
    this.#emptying = this.#emptying.then(async () => {
      for (const name of await readdir(this.#paths.trash)) {
        await rm(join(this.#paths.trash, basename(name)), { recursive: true, force: true });
      }
    });
    // What could not be removed now is removed at the next start; nothing refers to it.
    this.#emptying = this.#emptying.catch(() => undefined);
  }
}
