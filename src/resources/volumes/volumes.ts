import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLimit } from "#async";
import { syncDirectory } from "#disk";
import type { HeldDirectory } from "#disk";
import { notFound } from "#errors";
import { runProgram, startProgram } from "#programs";

export interface Volume {
  /** 64 hexadecimal digits: it came with a container. */
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  /** On the machine: what is mounted. It is there when the volume was filled. */
  readonly path: string;
}

export interface VolumesOptions {
  readonly durable: boolean;
  readonly warn: (message: string) => void;
}

const NAME = /^[0-9a-f]{64}$/;
const RECORD = "volume.json";
/** Where a file system's own attributes must not show. */
const CONTENTS = "_data";
const MODE = 0o755;

/** The volumes of a data root. */
export class Volumes {
  readonly #root: string;
  readonly #options: VolumesOptions;
  readonly #volumes = new Map<string, Volume>();
  readonly #filling = createLimit(1);
  #nextId = 1;
  #emptying: Promise<void> = Promise.resolve();

  private constructor(root: string, options: VolumesOptions) {
    this.#root = root;
    this.#options = options;
  }

  /** Throws away what an earlier process left half made or half removed. */
  static async open(dataRoot: string, options: VolumesOptions): Promise<Volumes> {
    const volumes = new Volumes(join(dataRoot, "volumes"), options);
    await volumes.#load();
    return volumes;
  }

  /** Oldest first. */
  list(): readonly Volume[] {
    return [...this.#volumes.values()].sort((a, b) => (a.created < b.created ? -1 : 1));
  }

  /** @throws not-found in Docker's words. */
  get(name: string): Volume {
    const volume = this.#volumes.get(name);
    if (volume === undefined) throw notFound(`get ${name}: no such volume`);
    return volume;
  }

  /** On disk when this resolves. It has nothing in it until it is filled. */
  async create(created: Date): Promise<Volume> {
    const name = randomBytes(32).toString("hex");
    const volume = this.#volume(name, created.toISOString());
    const unfinished = this.#aside(".new");
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    await writeFile(join(unfinished, RECORD), JSON.stringify({ created: volume.created }), { flush: this.#options.durable });
    await rename(unfinished, join(this.#root, name));
    if (this.#options.durable) await syncDirectory(this.#root);
    this.#volumes.set(name, volume);
    return volume;
  }

  /** Fills a volume that nobody has filled yet with what a directory holds, its owner and permissions included. */
  async fill({ path }: Volume, source: HeldDirectory | undefined): Promise<void> {
    await this.#filling(async () => {
      if (existsSync(path)) return;
      const unfinished = `${path}.new`;
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished);
      await chmod(unfinished, MODE);
      if (source !== undefined) await copy(source, unfinished);
      await rename(unfinished, path);
    });
  }

  /** Bytes on disk. */
  async size({ path }: Volume): Promise<number> {
    if (!existsSync(path)) return 0;
    const options = { package: "coreutils", mayMissFiles: true };
    const line = await runProgram("du", ["-s", "-x", "--apparent-size", "-B1", "--", path], options);
    return line === "" ? 0 : Number.parseInt(line, 10);
  }

  /** Nobody may use it any more. It is gone when this resolves; the disk gets its space back in the background. */
  async remove(name: string): Promise<void> {
    this.get(name);
    this.#volumes.delete(name);
    const removed = this.#aside(".removed");
    await rename(join(this.#root, name), removed);
    if (this.#options.durable) await syncDirectory(this.#root);
    this.#empty([removed]);
  }

  /** Resolves when everything removed so far has left the disk. */
  async settled(): Promise<void> {
    await this.#emptying;
  }

  async #load(): Promise<void> {
    const names = existsSync(this.#root) ? await readdir(this.#root) : [];
    this.#empty(names.filter((name) => name.startsWith(".")).map((name) => join(this.#root, name)));
    for (const name of names.filter((text) => NAME.test(text))) {
      const text = await readFile(join(this.#root, name, RECORD), "utf8").catch(() => "");
      this.#volumes.set(name, this.#volume(name, createdIn(text) ?? new Date(0).toISOString()));
      if (createdIn(text) === undefined) this.#options.warn(`cannot read when the volume ${name} was made: its record is damaged`);
    }
  }

  #volume(name: string, created: string): Volume {
    return { name, created, path: join(this.#root, name, CONTENTS) };
  }

  #aside(prefix: string): string {
    return join(this.#root, `${prefix}-${process.pid}-${this.#nextId++}`);
  }

  #empty(paths: readonly string[]): void {
    if (paths.length === 0) return;
    // What cannot be removed now is removed at the next start; nothing refers to it.
    this.#emptying = this.#emptying
      .then(() => runProgram("rm", ["-rf", "--one-file-system", "--", ...paths], { package: "coreutils" }))
      .then(
        () => undefined,
        () => undefined,
      );
  }
}

/** Links in it are copied, not followed. */
async function copy(source: HeldDirectory, target: string): Promise<void> {
  const options = { package: "coreutils", stdio: ["ignore", "ignore", "pipe", source.fd] as const };
  const { done } = startProgram("cp", ["-a", "--no-target-directory", "--", "/proc/self/fd/3/.", target], {
    ...options,
    stdio: [...options.stdio],
  });
  await done;
}

function createdIn(text: string): string | undefined {
  try {
    const { created } = JSON.parse(text) as { readonly created?: unknown };
    return typeof created === "string" ? created : undefined;
  } catch {
    return undefined;
  }
}
