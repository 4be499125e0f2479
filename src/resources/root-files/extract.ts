import { chmod, lchown, link, mkdir, utimes } from "node:fs/promises";
import { posix } from "node:path";
import { cleanEntryPath, decompress, encodeName, readTar } from "#archive";
import type { TarEntry, TarItem, TarTime } from "#archive";
import type { HeldDirectory } from "#disk";
import { internal, isEngineError } from "#errors";
import { fileTime } from "./file-time.ts";
import { makeEntry } from "./make-entry.ts";
import type { Owner } from "./make-entry.ts";
import { removeTree } from "./remove-tree.ts";
import { Walk } from "./walk.ts";
import type { Found, RootMount } from "./walk.ts";
import { fileFailure } from "./file-failure.ts";

export interface ExtractOptions {
  /** Where files are put, as errors name it. */
  readonly place: string;
  /** Refuses to put a file in the place of a directory, and the other way round. */
  readonly keepsKinds: boolean;
  /** Whose everything becomes; default whose the tar says. */
  readonly owner?: Owner | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whoever is in the way so often is there on purpose. */
const ATTEMPTS = 10;

interface Placing {
  readonly path: string;
  readonly item: TarItem;
  readonly isMountPoint: boolean;
}

/** Docker's, for those that a tar leaves out. */
const IMPLIED_MODE = 0o755;

/** As many directories wait for their time until everything is in them; of a tar with more, the first wait no longer. */
const MAX_WAITING = 10_000;

/**
 * Puts the entries of a tar into a directory, which is the top of everything that names and links in the tar can reach.
 * Every step is taken from a directory that is held, so that nothing that happens in there at the same time leads out.
 */
export class Extraction implements AsyncDisposable {
  readonly #top: HeldDirectory;
  readonly #mounts: ReadonlyMap<string, RootMount>;
  readonly #options: ExtractOptions;
  /** The way to the directory that the last entry was in. */
  #way: { readonly path: string; readonly walk: Walk; readonly found: Found } | undefined;
  readonly #times: { readonly path: string; readonly mtime: TarTime }[] = [];

  constructor(top: HeldDirectory, mounts: ReadonlyMap<string, RootMount>, options: ExtractOptions) {
    this.#top = top;
    this.#mounts = mounts;
    this.#options = options;
  }

  async run(tar: AsyncIterable<Uint8Array>): Promise<void> {
    const { signal } = this.#options;
    for await (const item of readTar(decompress(tar, { signal }), { signal })) {
      const path = placeOf(item.header.path);
      try {
        if (path !== "") await this.#extract(path, item);
      } catch (error) {
        throw fileFailure(error, this.#named(path));
      }
    }
    while (this.#times.length > 0) await this.#setTime();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#forgetWay();
  }

  async #extract(path: string, item: TarItem): Promise<void> {
    const { header } = item;
    const slash = path.lastIndexOf("/");
    const way = path.slice(0, Math.max(0, slash));
    const { directory: parent, mount } = await this.#parent(way);
    if (parent === undefined) throw internal(`mkdir ${this.#named(way)}: not a directory`);
    const name = Buffer.from(encodeName(path.slice(slash + 1)));
    const isMountPoint = this.#mounts.has(path);
    if ((isMountPoint ? this.#mounts.get(path) : mount)?.isReadonly === true)
      throw internal(`open ${this.#named(path)}: read-only file system`);
    if (isMountPoint && header.type === "directory") await this.#restoreMounted(path, header);
    else await this.#put(parent, name, { path, item, isMountPoint });
    if (header.type === "directory") await this.#remember(path, header.mtime);
  }

  /** In the place of what is there. Others may put something there in the same moment: that is removed, too. */
  async #put(parent: HeldDirectory, name: Buffer, { path, item, isMountPoint }: Placing): Promise<void> {
    const { header } = item;
    const options = { owner: this.#options.owner, link: (place: Buffer) => this.#link(header.linkPath, place) };
    for (let attempt = 1; ; attempt += 1) {
      if (await this.#makeWay(parent, name, { path, type: header.type, isMountPoint })) {
        return this.#restoreDirectory(parent, name, header);
      }
      try {
        await makeEntry(parent, name, item, options);
        if (header.type === "directory") await this.#restoreDirectory(parent, name, header);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Removes what is in the way; true for a directory that stays. */
  async #makeWay(
    parent: HeldDirectory,
    name: Buffer,
    { path, type, isMountPoint }: { readonly path: string; readonly type: TarEntry["type"]; readonly isMountPoint: boolean },
  ): Promise<boolean> {
    const stat = await parent.stat(name);
    if (stat === undefined) return false;
    const { keepsKinds, place } = this.#options;
    const [isDirectory, becomesDirectory] = [stat.isDirectory(), type === "directory"];
    const [shown, into] = [JSON.stringify(path), JSON.stringify(place)];
    if (keepsKinds && isDirectory && !becomesDirectory) throw internal(`cannot overwrite directory ${shown} with non-directory ${into}`);
    if (keepsKinds && !isDirectory && becomesDirectory) throw internal(`cannot overwrite non-directory ${shown} with directory ${into}`);
    if (isDirectory && becomesDirectory) return true;
    if (isMountPoint) throw internal(`unlinkat ${this.#named(path)}: device or resource busy`);
    await removeTree(parent, name);
    return false;
  }

  async #link(linkPath: string, place: Buffer): Promise<void> {
    const target = placeOf(linkPath, "hardlink target");
    await using walk = new Walk(this.#top, this.#mounts);
    const found = await walk.find(target, { followLast: false });
    if ("failure" in found) throw internal(`link ${this.#named(target)}: no such file or directory`);
    if (found.parent === undefined || found.directory !== undefined) throw internal(`link ${this.#named(target)}: operation not permitted`);
    await link(found.parent.at(found.name), place);
  }

  async #restoreMounted(path: string, header: TarEntry): Promise<void> {
    await using walk = new Walk(this.#top, this.#mounts);
    const found = await walk.find(path, { followLast: false });
    if (!("failure" in found) && found.directory !== undefined) await this.#restore(found.directory, header);
  }

  async #restoreDirectory(parent: HeldDirectory, name: Buffer, header: TarEntry): Promise<void> {
    await using directory = await parent.enter(name);
    await this.#restore(directory, header);
  }

  async #restore(directory: HeldDirectory, header: TarEntry): Promise<void> {
    const { uid, gid } = this.#options.owner ?? header;
    // By the slash it is the directory and not how it is held.
    await lchown(`${directory.path}/.`, uid, gid);
    await chmod(`${directory.path}/.`, header.mode);
  }

  /** The directory that an entry lies in; what is missing of the way is made. */
  async #parent(path: string): Promise<Found> {
    if (this.#way?.path === path) return this.#way.found;
    await this.#forgetWay();
    const walk = new Walk(this.#top, this.#mounts);
    const found = await walk.find(path, { followLast: true, onMissing: makeImplied });
    if ("failure" in found) {
      await walk[Symbol.asyncDispose]();
      throw internal(`mkdir ${this.#named(path)}: ${found.failure === "missing" ? "no such file or directory" : found.failure}`);
    }
    this.#way = { path, walk, found };
    return found;
  }

  async #forgetWay(): Promise<void> {
    const way = this.#way;
    this.#way = undefined;
    await way?.walk[Symbol.asyncDispose]();
  }

  /** Making something in a directory changes its time. */
  async #remember(path: string, mtime: TarTime): Promise<void> {
    this.#times.push({ path, mtime });
    if (this.#times.length > MAX_WAITING) await this.#setTime();
  }

  async #setTime(): Promise<void> {
    const first = this.#times.shift();
    if (first === undefined) return;
    await using walk = new Walk(this.#top, this.#mounts);
    const found = await walk.find(first.path, { followLast: false });
    if ("failure" in found || found.directory === undefined) return;
    await utimes(`${found.directory.path}/.`, fileTime(first.mtime), fileTime(first.mtime));
  }

  #named(path: string): string {
    return `${this.#options.place === "/" ? "" : this.#options.place}/${path}`;
  }
}

async function makeImplied(parent: HeldDirectory, name: Buffer): Promise<void> {
  await mkdir(parent.at(name), 0o700);
  await using directory = await parent.enter(name);
  await chmod(`${directory.path}/.`, IMPLIED_MODE);
}

/** @throws internal in Docker's words. */
function placeOf(path: string, what = "entry name"): string {
  try {
    return cleanEntryPath(posix.normalize(path));
  } catch (error) {
    if (!isEngineError(error, "invalid-argument")) throw error;
    throw internal(`invalid ${what} ${JSON.stringify(path)}`, { cause: error });
  }
}
