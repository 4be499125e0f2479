import { constants } from "node:fs";
import type { BigIntStats } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** Linux's O_PATH, which Node has no name for: a place, not opened for reading. */
const O_PATH = 0o10000000;

/**
 * A directory that is held, and the names in it. They are reached through what is held and never by a path, so that
 * nobody who moves the directory meanwhile, or puts a link in its place, leads anywhere else.
 *
 * Names are one component each, in bytes; `..` and what has a slash in it must not come here.
 */
export class HeldDirectory implements AsyncDisposable {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Links on the way are followed: the path is one's own. */
  static async open(path: string | Buffer): Promise<HeldDirectory> {
    return new HeldDirectory(await open(path, O_PATH | constants.O_DIRECTORY));
  }

  /** For a program's `stdio`. */
  get fd(): number {
    return this.#handle.fd;
  }

  /** The directory itself, for calls that take a path. */
  get path(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** A name in it, for calls that take a path and do not follow a link that is the last of it. */
  at(name: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.path}/`), name]);
  }

  /** @throws ENOTDIR for anything but a directory, a link to one included. */
  async enter(name: Buffer): Promise<HeldDirectory> {
    return new HeldDirectory(await open(this.at(name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW));
  }

  names(): Promise<Buffer[]> {
    return readdir(this.path, { encoding: "buffer" });
  }

  /** Of a name, or of the directory itself; undefined when there is none. */
  async stat(name?: Buffer): Promise<BigIntStats | undefined> {
    if (name === undefined) return this.#handle.stat({ bigint: true });
    return lstat(this.at(name), { bigint: true }).catch(absent);
  }

  /** Where a link leads; undefined for what is none. */
  async readlink(name: Buffer): Promise<Buffer | undefined> {
    return readlink(this.at(name), { encoding: "buffer" }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EINVAL" || error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}
