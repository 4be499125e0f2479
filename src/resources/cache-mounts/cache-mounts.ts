import { existsSync } from "node:fs";
import { chmod, chown, lstat, mkdir, readdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "#programs";

/** What a directory gets when it is made. */
export interface FirstAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const TRASH = ".trash-";

/** One directory per ID, which must be a plain file name. */
export class CacheMounts {
  readonly #dataRoot: string;
  readonly #root: string;

  private constructor(dataRoot: string) {
    this.#dataRoot = dataRoot;
    this.#root = join(dataRoot, "cache-mounts");
  }

  /** Goes on with what an earlier process was removing. */
  static async open(dataRoot: string): Promise<CacheMounts> {
    const mounts = new CacheMounts(dataRoot);
    if (existsSync(mounts.#root)) {
      for (const name of await readdir(mounts.#root)) if (name.startsWith(TRASH)) await rm(join(mounts.#root, name), { recursive: true });
    }
    return mounts;
  }

  /**
   * The directory's path on the machine; made when it is not there.
   *
   * @param first what is in it then: the contents of another directory, with owners, modes, times and links.
   */
  async directory(id: string, { mode, uid, gid }: FirstAttributes, first?: string): Promise<string> {
    const path = join(this.#root, id);
    if (existsSync(path)) return path;
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const making = join(this.#root, `${TRASH}${id}`);
    await rm(making, { recursive: true, force: true });
    await mkdir(making);
    if (first !== undefined) await runProgram("cp", ["--archive", "--", `${first}/.`, making], { package: "coreutils" });
    await chown(making, uid, gid);
    // As BuildKit's umask would leave it.
    await chmod(making, mode & 0o7755);
    await rename(making, path);
    return path;
  }

  has(id: string): boolean {
    return existsSync(join(this.#root, id));
  }

  /** Bytes on disk below the directory; 0 when it is not there. */
  async size(id: string): Promise<number> {
    let size = 0;
    const waiting = existsSync(join(this.#root, id)) ? [join(this.#root, id)] : [];
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) waiting.push(path);
        else size += (await lstat(path).catch(() => undefined))?.size ?? 0;
      }
    }
    return size;
  }

  /** Bytes of the disk, and how many of them ordinary users may still take. */
  async disk(): Promise<{ readonly free: number; readonly total: number }> {
    const { bavail, blocks, bsize } = await statfs(this.#dataRoot);
    return { free: bavail * bsize, total: blocks * bsize };
  }

  async remove(id: string): Promise<void> {
    const trash = join(this.#root, `${TRASH}${id}`);
    if (!existsSync(join(this.#root, id))) return;
    await rename(join(this.#root, id), trash);
    await rm(trash, { recursive: true, force: true });
  }

  async list(): Promise<string[]> {
    return existsSync(this.#root) ? (await readdir(this.#root)).filter((name) => !name.startsWith(TRASH)) : [];
  }
}
