import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MemoryFolder } from "#disk";

/**
 * Where bundles lie while their processes run. A bundle holds its process's environment, which may hold a secret, so
 * they are in memory.
 */
export class Bundles implements AsyncDisposable {
  readonly #folder: MemoryFolder;

  constructor(folder: string) {
    this.#folder = new MemoryFolder(join(folder, "bundles"), "run");
  }

  /** Makes a new directory, nobody else's. */
  async make(id: string): Promise<string> {
    const bundle = join(await this.#folder.path(), id);
    await mkdir(bundle, { mode: 0o700 });
    return bundle;
  }

  /** Removes all bundles, also those of an earlier process. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }
}
