import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** A file system in memory, on every Linux. */
const MEMORY = "/dev/shm";

export interface PrivateFile extends AsyncDisposable {
  /** On the machine. */
  readonly path: string;
}

export interface FileAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export class PrivateFiles {
  readonly #folder: string;
  #nextId = 1;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what an earlier process over this data root has left. */
  static async open(dataRoot: string): Promise<PrivateFiles> {
    const name = createHash("sha256").update(resolve(dataRoot)).digest("hex").slice(0, 16);
    const folder = existsSync(MEMORY) ? join(MEMORY, `slipway-${name}`) : join(dataRoot, "private");
    await rm(folder, { recursive: true, force: true });
    return new PrivateFiles(folder);
  }

  async write(bytes: Uint8Array | string, { mode, uid, gid }: FileAttributes): Promise<PrivateFile> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, String(this.#nextId++));
    await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
    await chown(path, uid, gid);
    await chmod(path, mode);
    return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
  }
}
