import { existsSync, renameSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLimit } from "#async";
import { runBriefly, runProgram } from "#programs";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/**
 * The folder of unpacked layers, each under a name of its own, and of what is on its way in and out.
 *
 * A tree appears whole, by a rename. Nothing is synced: what was written before the last boot may not have reached the
 * disk whole, and is not trusted.
 */
export class Trees {
  readonly #root: string;
  /** Bytes on disk by name. */
  readonly #sizes = new Map<string, number>();
  readonly #uses = new Map<string, number>();
  /** Counted and removed by one at a time: what is counted stays. */
  readonly #inTurn = createLimit(1);
  #nextId = 1;
  #ready: Promise<void> | undefined;
  #emptying: Promise<void> = Promise.resolve();

  constructor(root: string) {
    this.#root = root;
  }

  /** The directory that the names of trees are relative to. */
  get folder(): string {
    return join(this.#root, "trees");
  }

  /** Throws away what an earlier process left unfinished, and everything from before the last boot. Nothing may be mounted. */
  async recover(): Promise<void> {
    await this.ensureFolders();
    for (const name of await readdir(this.#active())) await this.trash(join(this.#active(), name));
    this.#emptyTrash();
  }

  /** Made when they are needed first: an engine that runs nothing has no folder for it. */
  ensureFolders(): Promise<void> {
    return (this.#ready ??= this.#makeFolders());
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  /** A new empty directory on the same file system, nobody else's. */
  async makeDirectory(): Promise<string> {
    const directory = join(this.#active(), `${process.pid}-${this.#nextId++}`);
    await mkdir(directory, { mode: 0o700 });
    return directory;
  }

  /** Gives a finished tree its name. When there is one of that name, it is the same, and the new one is left alone. */
  publish(directory: string, name: string): void {
    if (!this.has(name)) renameSync(directory, join(this.folder, name));
  }

  /** Keeps trees, there or to come, from being removed until the returned function is called. */
  use(names: readonly string[]): () => void {
    for (const name of names) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      for (const name of names) {
        const left = (this.#uses.get(name) ?? 1) - 1;
        if (left === 0) this.#uses.delete(name);
        else this.#uses.set(name, left);
      }
    };
  }

  /** Bytes on disk. */
  size(): Promise<number> {
    return this.#inTurn(async () => {
      const names = await this.#names();
      await this.#count(names);
      return names.reduce((size, name) => size + (this.#sizes.get(name) ?? 0), 0);
    });
  }

  /** Removes every tree that is neither in use nor kept; gives the bytes that the disk gets back. */
  async prune(kept: ReadonlySet<string>): Promise<number> {
    const freed = await this.#inTurn(() => this.#removeUnused(kept));
    this.#emptyTrash();
    await this.settled();
    return freed;
  }

  async #removeUnused(kept: ReadonlySet<string>): Promise<number> {
    let freed = 0;
    const names = (await this.#names()).filter((name) => !kept.has(name));
    await this.#count(names);
    for (const name of names) {
      if (this.#uses.has(name) || !this.has(name)) continue;
      // In the same turn as the look at its uses: whoever begins to use it now finds it gone and makes it again.
      renameSync(join(this.folder, name), this.#trashPath());
      freed += this.#sizes.get(name) ?? 0;
      this.#sizes.delete(name);
    }
    return freed;
  }

  async #names(): Promise<readonly string[]> {
    return existsSync(this.folder) ? readdir(this.folder) : [];
  }

  /** Moves a directory out of sight at once; the disk gets its space back in the background. */
  async trash(directory: string): Promise<void> {
    await rename(directory, this.#trashPath());
    this.#emptyTrash();
  }

  /** Resolves when everything removed so far has left the disk. */
  async settled(): Promise<void> {
    await this.#emptying;
  }

  /** Trees do not change once they are there, so each is counted once. */
  async #count(names: readonly string[]): Promise<void> {
    const unknown = names.filter((name) => !this.#sizes.has(name));
    if (unknown.length === 0) return;
    const lines = await runProgram("du", ["-s", "-x", "-B1", "--", ...unknown], { package: "coreutils", cwd: this.folder });
    for (const line of lines.trim().split("\n")) {
      const [size, name = ""] = line.split("\t");
      this.#sizes.set(name, Number(size));
    }
  }

  async #makeFolders(): Promise<void> {
    for (const folder of [this.folder, this.#active(), this.#trash()]) await mkdir(folder, { recursive: true, mode: 0o700 });
    const boot = await readFile(BOOT_ID, "utf8");
    const path = join(this.#root, "boot-id");
    const before = await readFile(path, "utf8").catch(() => undefined);
    if (before === boot) return;
    for (const name of await readdir(this.folder)) await rename(join(this.folder, name), this.#trashPath());
    await writeFile(path, boot, { mode: 0o600 });
  }

  /**
   * A program does it: it takes a while for thousands of files, and never goes into another file system, should
   * something still be mounted there.
   */
  #emptyTrash(): void {
    this.#emptying = this.#emptying.then(async () => {
      const names = await readdir(this.#trash());
      if (names.length > 0)
        await runBriefly("rm", ["-rf", "--one-file-system", "--", ...names], { package: "coreutils", cwd: this.#trash() });
    });
    // What could not be removed now is removed at the next start; nothing refers to it.
    this.#emptying = this.#emptying.catch(() => undefined);
  }

  #active(): string {
    return join(this.#root, "active");
  }

  #trash(): string {
    return join(this.#root, "trash");
  }

  #trashPath(): string {
    return join(this.#trash(), `${process.pid}-${this.#nextId++}`);
  }
}
