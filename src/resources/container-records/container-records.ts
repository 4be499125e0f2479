import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory, writeFileAtomic } from "#disk";
import { runProgram } from "#programs";
import type { ContainerRecord } from "./record.ts";

const RECORD = "container.json";
const ID = /^[0-9a-f]{64}$/;
/** Of folders that are not a container yet, are none any more, or could not be read. No ID looks like these. */
const UNFINISHED = ".new-";
const REMOVED = ".removed-";
const DAMAGED = ".damaged-";

export interface RecordsOptions {
  readonly durable: boolean;
  readonly warn: (message: string) => void;
}

/** The folders of containers below the data root; see the room's door for what it promises. */
export class ContainerRecords {
  readonly #root: string;
  readonly #options: RecordsOptions;
  #nextId = 1;
  #emptying: Promise<void> = Promise.resolve();

  constructor(dataRoot: string, options: RecordsOptions) {
    this.#root = join(dataRoot, "containers");
    this.#options = options;
  }

  /** Where everything of a container is. */
  folder(id: string): string {
    return join(this.#root, id);
  }

  /** All there are. Once, at the start, when nothing of an earlier engine is mounted below them any more. */
  async load(): Promise<ContainerRecord[]> {
    if (!existsSync(this.#root)) return [];
    const names = await readdir(this.#root);
    const loaded = await Promise.all(names.filter((name) => ID.test(name)).map((id) => this.#read(id)));
    this.#empty(names.filter((name) => name.startsWith(UNFINISHED) || name.startsWith(REMOVED)));
    return loaded.filter((record) => record !== undefined);
  }

  /**
   * Makes a container's folder: it appears with all that `fill` put into it, or not at all. With `durable` it is on disk
   * when this resolves.
   */
  async create(record: ContainerRecord, fill: (folder: string) => Promise<void> = async () => undefined): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const unfinished = this.#aside(UNFINISHED);
    await mkdir(unfinished, { mode: 0o710 });
    try {
      await fill(unfinished);
      await writeFileAtomic(join(unfinished, RECORD), encode(record), { durable: this.#options.durable });
      await rename(unfinished, this.folder(record.id));
    } catch (error) {
      this.#empty([unfinished.slice(this.#root.length + 1)]);
      throw error;
    }
    if (this.#options.durable) await syncDirectory(this.#root);
  }

  /** In place of the record before. What only holds until the machine stops need not be `lasting`. */
  async save(record: ContainerRecord, { lasting }: { readonly lasting: boolean }): Promise<void> {
    await writeFileAtomic(join(this.folder(record.id), RECORD), encode(record), { durable: lasting && this.#options.durable });
  }

  /** The container is gone when this resolves; the disk gets its space back in the background. Nothing may be mounted in it. */
  async remove(id: string): Promise<void> {
    const removed = this.#aside(REMOVED);
    await rename(this.folder(id), removed);
    if (this.#options.durable) await syncDirectory(this.#root);
    this.#empty([removed.slice(this.#root.length + 1)]);
  }

  /** Resolves when everything removed so far has left the disk. */
  async settled(): Promise<void> {
    await this.#emptying;
  }

  async #read(id: string): Promise<ContainerRecord | undefined> {
    try {
      return decode(await readFile(join(this.folder(id), RECORD), "utf8"), id);
    } catch (error) {
      const aside = join(this.#root, `${DAMAGED}${id}`);
      await rename(this.folder(id), aside);
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.warn(`cannot read the record of container ${id}: ${reason}; it is kept as "${aside}"`);
      return undefined;
    }
  }

  #aside(prefix: string): string {
    return join(this.#root, `${prefix}${process.pid}-${this.#nextId++}`);
  }

  /** A program does it: it never goes into another file system, should something still be mounted there. */
  #empty(names: readonly string[]): void {
    if (names.length === 0) return;
    const options = { package: "coreutils", cwd: this.#root };
    // What cannot be removed now is removed at the next start; nothing refers to it.
    this.#emptying = this.#emptying
      .then(() => runProgram("rm", ["-rf", "--one-file-system", "--", ...names], options))
      .then(
        () => undefined,
        () => undefined,
      );
  }
}

/** Of what is written here. */
const VERSION = 1;

function encode(record: ContainerRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ version: VERSION, ...record }));
}

/** Only whoever owns the data root writes here: what is looked for is damage, not malice. */
function decode(text: string, id: string): ContainerRecord {
  const { version = VERSION, ...record } = JSON.parse(text) as Partial<ContainerRecord> & { readonly version?: number };
  if (version > VERSION) throw new Error(`a newer version of slipway wrote it (format ${version}, this one knows ${VERSION})`);
  const isWhole =
    record.id === id &&
    typeof record.name === "string" &&
    typeof record.state?.status === "string" &&
    Array.isArray(record.layers) &&
    typeof record.config === "object" &&
    typeof record.hostConfig === "object";
  if (!isWhole) throw new Error("it is not the record of this container");
  return record as ContainerRecord;
}
