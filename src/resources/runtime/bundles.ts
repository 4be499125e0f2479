import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";

/** A file system in memory, on every Linux. */
const MEMORY = "/dev/shm";
const PREFIX = join(MEMORY, "slipway-run-");

/**
 * Where bundles lie while their processes run. A bundle holds its process's environment, which may hold a secret, so
 * they are in memory; a link in the data root leads there, for whoever cleans up after a crash.
 */
export class Bundles implements AsyncDisposable {
  readonly #link: string;
  #folder: Promise<string> | undefined;

  constructor(folder: string) {
    this.#link = join(folder, "bundles");
  }

  /** Makes a new directory, nobody else's. */
  async make(id: string): Promise<string> {
    const bundle = join(await (this.#folder ??= this.#makeFolder()), id);
    await mkdir(bundle, { mode: 0o700 });
    return bundle;
  }

  /** Removes all bundles, also those of an earlier process. */
  async [Symbol.asyncDispose](): Promise<void> {
    const target = await readlink(this.#link).catch(() => undefined);
    if (target?.startsWith(PREFIX) === true) await rm(target, { recursive: true, force: true });
    await rm(this.#link, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async #makeFolder(): Promise<string> {
    await mkdir(join(this.#link, ".."), { recursive: true, mode: 0o700 });
    if (!existsSync(MEMORY)) {
      await mkdir(this.#link, { mode: 0o700 });
      return this.#link;
    }
    const folder = await mkdtemp(PREFIX);
    await symlink(folder, this.#link);
    return folder;
  }
}
