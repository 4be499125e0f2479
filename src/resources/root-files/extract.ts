import { constants } from "node:fs";
import { chmod, lchown, link, lutimes, mkdir, open, symlink, utimes } from "node:fs/promises";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cleanEntryPath, decodeName, decompress, encodeName, readTar, writeTar } from "#archive";
import type { TarEntry, TarItem, TarTime } from "#archive";
import type { HeldDirectory } from "#disk";
import { internal, isEngineError } from "#errors";
import { startProgram } from "#programs";
import { fileTime } from "./file-time.ts";
import { GIVEN } from "./read-tree.ts";
import { removeTree } from "./remove-tree.ts";
import { writeSparse } from "./write-sparse.ts";
import { Walk } from "./walk.ts";
import type { Found, RootMount } from "./walk.ts";
import { fileFailure } from "./file-failure.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface ExtractOptions {
  /** Where files are put, as errors name it. */
  readonly place: string;
  /** Refuses to put a file in the place of a directory, and the other way round. */
  readonly keepsKinds: boolean;
  /** Whose everything becomes; default whose the tar says. */
  readonly owner?: Owner | undefined;
  readonly signal?: AbortSignal | undefined;
}

const EXTRACT = [
  "--extract --file=- --numeric-owner --same-owner --same-permissions --warning=no-timestamp",
  "--xattrs --xattrs-include=security.capability --xattrs-include=user.*",
].flatMap((line) => line.split(" "));

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
    else if (await this.#makeWay(parent, name, { path, type: header.type, isMountPoint }))
      await this.#restoreDirectory(parent, name, header);
    else await this.#make(parent, name, item);
    if (header.type === "directory") await this.#remember(path, header.mtime);
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

  async #make(parent: HeldDirectory, name: Buffer, { header, body }: TarItem): Promise<void> {
    const place = parent.at(name);
    const { uid, gid } = this.#options.owner ?? header;
    switch (header.type) {
      case "directory":
        await mkdir(place, 0o700);
        return this.#restoreDirectory(parent, name, header);
      case "symlink":
        await symlink(Buffer.from(header.linkName), place);
        await lchown(place, uid, gid);
        return lutimes(place, fileTime(header.mtime), fileTime(header.mtime));
      case "hardlink":
        return this.#link(header.linkPath, place);
      case "file":
        if (header.xattrs.size === 0) return this.#writeFile(place, { header, body });
        return this.#makeByProgram(parent, name, { header, body });
      case "char-device":
      case "block-device":
      case "fifo":
        return this.#makeByProgram(parent, name, { header, body });
      case "other":
        throw internal("unhandled tar header type");
    }
  }

  async #writeFile(place: Buffer, { header, body }: TarItem): Promise<void> {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    await using file = await open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    const { uid, gid } = this.#options.owner ?? header;
    if (header.sparse === undefined) await file.writeFile(body);
    else await writeSparse(file, { header, body });
    // Changing the owner takes the right to change it back away, so permissions come last.
    await file.chown(uid, gid);
    await file.chmod(header.mode);
    await file.utimes(fileTime(header.mtime), fileTime(header.mtime));
  }

  /** What Node has no call for: devices, pipes, extended attributes. The program is given one plain name. */
  async #makeByProgram(parent: HeldDirectory, name: Buffer, { header, body }: TarItem): Promise<void> {
    const { type, mode, mtime, size, devMajor, devMinor, xattrs } = header;
    const owner = this.#options.owner ?? { uid: header.uid, gid: header.gid };
    const plain = { type, path: decodeName(name), mode, mtime, size, devMajor, devMinor, xattrs, ...owner };
    const { child, done } = startProgram("tar", [...EXTRACT, `--directory=${GIVEN}`], {
      package: "tar",
      stdio: ["pipe", "ignore", "pipe", parent.fd],
    });
    if (child.stdin === null) throw internal("tar has no input");
    const [fed, ended] = await Promise.allSettled([
      pipeline(Readable.from(writeTar([{ header: plain, body }]), { objectMode: true, highWaterMark: 2 }), child.stdin),
      done,
    ]);
    if (ended.status === "rejected") throw ended.reason;
    if (fed.status === "rejected") throw fed.reason;
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
