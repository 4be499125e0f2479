import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file system in memory, on every Linux. */
const MEMORY = "/dev/shm";

/**
 * A folder for what must not reach a disk. It is made in memory, where nobody could have made it before; a link in the
 * data root leads there, for whoever cleans up after a crash. Machines without such a place get a folder at the link.
 */
export class MemoryFolder implements AsyncDisposable {
  readonly #link: string;
  readonly #prefix: string;
  #folder: Promise<string> | undefined;

  /** @param name tells whose it is, for people who look into the memory's file system. */
  constructor(link: string, name: string) {
    this.#link = link;
    this.#prefix = join(MEMORY, `slipway-${name}-`);
  }

  /** Where it is; made when it is asked for first. */
  path(): Promise<string> {
    return (this.#folder ??= this.#make());
  }

  /** Removes all that is in it, also what an earlier process has left. It may be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    const target = await readlink(this.#link).catch(() => undefined);
    if (target?.startsWith(this.#prefix) === true) await rm(target, { recursive: true, force: true });
    await rm(this.#link, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async #make(): Promise<string> {
    await mkdir(dirname(this.#link), { recursive: true, mode: 0o700 });
    if (!existsSync(MEMORY)) {
      await mkdir(this.#link, { mode: 0o700 });
      return this.#link;
    }
    const folder = `${this.#prefix}${randomBytes(8).toString("hex")}`;
    // The link comes first: a folder that nobody knows of would stay.
    await symlink(folder, this.#link);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }
}
