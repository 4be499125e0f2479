import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { algorithmOf, hexOf } from "#oci";
import type { Digest } from "#oci";

/** Enough to see what the disk did; more would fill it. */
const KEPT = 8;
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Damaged blobs, out of everybody's way but kept for a look: the latest few, for a month. Nothing ever reads them. */
export class Quarantine {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Moves a file here, under a name that says when and what it was. Absence is fine. */
  async take(path: string, digest: Digest, now = new Date()): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    // Names sort by time.
    const name = `${now.toISOString().replaceAll(":", "")}-${algorithmOf(digest)}-${hexOf(digest)}`;
    try {
      await rename(path, join(this.#directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    await this.tidy(now);
  }

  /** Removes what is too old or too much. */
  async tidy(now = new Date()): Promise<void> {
    const names = await this.#names();
    const oldest = new Date(now.getTime() - KEPT_MS).toISOString().replaceAll(":", "");
    const kept = new Set(names.slice(-KEPT).filter((name) => name >= oldest));
    for (const name of names) if (!kept.has(name)) await rm(join(this.#directory, name), { force: true });
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}
