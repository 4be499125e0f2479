import { mkdir, readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { cancelled } from "#errors";
import { algorithmOf, hexOf, isDigest } from "#oci";
import type { Digest } from "#oci";

/** Space that shall stay for everything else: with less left, partial blobs go. */
const SPARE = 64 * 1024 * 1024;

/**
 * Blobs that arrived in part, or whole and were not stored, as files under their digests; whoever wants one next goes on
 * from there. Their bytes are verified with the rest of the blob, never trusted. One writer each.
 */
export class PartialBlobs {
  readonly #directory: string;
  /** On disk and in nobody's hands. */
  readonly #unused = new Set<Digest>();
  /** In somebody's hands; settles when it is given back. */
  readonly #claimed = new Map<Digest, Promise<void>>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** What does not belong there is removed. */
  static async open(directory: string): Promise<PartialBlobs> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const partial = new PartialBlobs(directory);
    for (const name of await readdir(directory)) {
      const digest = name.replace("-", ":");
      if (isDigest(digest)) partial.#unused.add(digest);
      else await rm(join(directory, name), { recursive: true, force: true });
    }
    return partial;
  }

  /** How many are in nobody's hands. */
  get count(): number {
    return this.#unused.size;
  }

  /** Waits until nobody else has it. */
  async claim(digest: Digest, signal: AbortSignal | undefined): Promise<PartialClaim> {
    for (let other = this.#claimed.get(digest); other !== undefined; other = this.#claimed.get(digest)) await other;
    if (signal?.aborted === true) throw cancelled(signal.reason);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#unused.delete(digest);
    this.#claimed.set(digest, promise);
    let isOver = false;
    const end = async (finish: () => Promise<void>): Promise<void> => {
      if (isOver) return;
      isOver = true;
      try {
        await finish();
      } finally {
        this.#claimed.delete(digest);
        resolve();
      }
    };
    const path = this.#path(digest);
    return {
      path,
      release: () => end(() => this.#giveBack(digest)),
      remove: () => end(() => rm(path, { force: true })),
    };
  }

  /** Removes what nobody has in hands and nobody wrote to for so long, in milliseconds; returns the bytes that it gives back. */
  async remove({ idleFor = 0, except }: { readonly idleFor?: number; readonly except?: Digest | undefined } = {}): Promise<number> {
    let bytes = 0;
    for (const digest of this.#unused) {
      const found = await this.#stat(digest);
      const stays = digest === except || (found !== undefined && Date.now() - found.mtimeMs < idleFor);
      // It may have been claimed meanwhile.
      if (stays || !this.#unused.has(digest)) continue;
      await this.#removeUnused(digest);
      bytes += found?.size ?? 0;
    }
    return bytes;
  }

  /** On a disk that has little more than `size` bytes left for `digest`, unfinished work of others gives way. */
  async makeRoom(size: number, digest: Digest | undefined): Promise<void> {
    if (this.#unused.size === 0) return;
    const { bavail, bsize } = await statfs(this.#directory);
    if (bavail * bsize < size + SPARE) await this.remove({ except: digest });
  }

  /** The blob is stored: its parts are of no use. */
  async stored(digest: Digest): Promise<void> {
    if (this.#unused.has(digest)) await this.#removeUnused(digest);
  }

  #path(digest: Digest): string {
    return join(this.#directory, `${algorithmOf(digest)}-${hexOf(digest)}`);
  }

  async #stat(digest: Digest): Promise<{ size: number; mtimeMs: number } | undefined> {
    return stat(this.#path(digest)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  /** Nobody may begin to write to it while it goes. */
  async #removeUnused(digest: Digest): Promise<void> {
    const claim = await this.claim(digest, undefined);
    await claim.remove();
  }

  async #giveBack(digest: Digest): Promise<void> {
    if ((await this.#stat(digest)) !== undefined) this.#unused.add(digest);
  }
}

/** The right to write a partial blob. Ended once; a second end is without effect. */
export interface PartialClaim {
  readonly path: string;
  /** What is on disk waits for whoever wants it next. */
  release(): Promise<void>;
  remove(): Promise<void>;
}
