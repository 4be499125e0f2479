import { chmod, chown, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MemoryFolder } from "#disk";

export interface PrivateFile extends AsyncDisposable {
  /** On the machine. */
  readonly path: string;
}

export interface FileAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export class PrivateFiles implements AsyncDisposable {
  readonly #folder: MemoryFolder;
  #nextId = 1;

  private constructor(folder: MemoryFolder) {
    this.#folder = folder;
  }

  /** Removes what an earlier process over this data root has left. */
  static async open(dataRoot: string): Promise<PrivateFiles> {
    const folder = new MemoryFolder(join(dataRoot, "private"), "private");
    await folder[Symbol.asyncDispose]();
    return new PrivateFiles(folder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }

  async write(bytes: Uint8Array | string, { mode, uid, gid }: FileAttributes): Promise<PrivateFile> {
    const path = join(await this.#folder.path(), String(this.#nextId++));
    await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
    await chown(path, uid, gid);
    await chmod(path, mode);
    return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
  }
}
