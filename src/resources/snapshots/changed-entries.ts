import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { readTar } from "#archive";
import type { TarHeader, TarInput, TreeEntry } from "#archive";
import type { Contents, Described, LowerTree } from "./lower-tree.ts";
import { OPAQUE_XATTR } from "./overlay-entries.ts";
import { pathIn } from "./path-in.ts";

export interface ChangesOptions {
  /** The upper directory of the overlay. */
  readonly upper: string;
  readonly below: LowerTree;
  /** Also what is still as below it is told: a directory may have another time, a file another name. */
  readonly keepsUnchanged?: boolean;
  /** Unix seconds: what is newer is given this time, so that it does not matter when it was written. */
  readonly newest?: number | undefined;
  /** Called with the name of what is given that time. */
  readonly onDated?: ((path: string) => void) | undefined;
  /** Called for what reads differently in the layer than it is in the directory: a file that a process named like a whiteout. */
  readonly onUnlike: () => void;
}

/**
 * Of the tar of an overlay's upper directory what has changed, as the entries of a layer. The kernel copies up whatever
 * is opened for writing, whether it is written or not; what is still as below it is left out unless it is to be kept, and
 * so are directories in which nothing has changed.
 *
 * @param tar sorted, a directory before what is in it.
 */
export function changedEntries(tar: AsyncIterable<Uint8Array>, options: ChangesOptions): AsyncGenerator<TarInput, void> {
  return new Changes(options).of(tar);
}

/** So many files are compared at a time, while the tar goes on; those up to this size are kept in memory until then. */
const AHEAD = 32;
const MAX_KEPT = 64 * 1024;

const MARKER_NAME = /(?:^|\/)\.wh\.[^/]*$/;

/** An entry of the tar, and what it is to the tree below. */
interface Looked {
  readonly path: string;
  readonly header: TarHeader;
  readonly body: TarInput["body"];
  readonly below: TreeEntry | undefined;
  /** Of anything but further names, which depends on the first. */
  readonly isSame: Promise<boolean>;
}

/** A directory that the walk is in. */
interface Folder {
  readonly path: string;
  /** What is written of it only if something in it has changed. */
  unwritten: TarInput | undefined;
}

class Changes {
  readonly #options: ChangesOptions;
  /** The directories that the tar is in, and whether names from below show through. */
  readonly #merged: { readonly path: string; readonly isMerged: boolean }[] = [{ path: "", isMerged: true }];
  readonly #folders: Folder[] = [{ path: "", unwritten: undefined }];
  /** Left out, by name: what may turn out to have further names, which are new. */
  readonly #unchanged = new Map<string, TarHeader>();
  /** Where the first new name of such a file is. */
  readonly #moved = new Map<string, string>();

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  async *of(tar: AsyncIterable<Uint8Array>): AsyncGenerator<TarInput, void> {
    for await (const looked of this.#look(tar)) yield* this.#entry(looked);
  }

  /** In the order of the tar. A body that is not kept in memory is only readable until the next entry is asked for. */
  async *#look(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Looked, void> {
    const ahead: Looked[] = [];
    for await (const { header, body } of readTar(tar)) {
      const path = header.path.replace(/^\.\//, "").replace(/\/$/, "");
      if (MARKER_NAME.test(path)) this.#options.onUnlike();
      if (path === "") continue;
      const below = this.#below(path, header);
      const isStreamed = header.size > (below === undefined ? 0 : MAX_KEPT);
      const bytes = isStreamed || header.size === 0 ? undefined : Buffer.concat(await Array.fromAsync(body));
      const isSame = this.#isSame(path, header, below, bytes && { bytes });
      // It is asked for in its turn, which may never come.
      isSame.catch(() => undefined);
      ahead.push({ path, header, body: isStreamed ? body : bytes, below, isSame });
      if (isStreamed) yield* ahead.splice(0);
      else if (ahead.length > AHEAD) yield* ahead.splice(0, 1);
    }
    yield* ahead;
  }

  #below(path: string, { type, xattrs }: TarHeader): TreeEntry | undefined {
    leaveFolders(this.#merged, path);
    const below = this.#merged.at(-1)?.isMerged === true ? this.#options.below.stat(path) : undefined;
    if (type === "directory") this.#merged.push({ path, isMerged: below?.type === "directory" && !xattrs.has(OPAQUE_XATTR) });
    return below;
  }

  async *#entry({ path, header, body, below, isSame }: Looked): AsyncGenerator<TarInput, void> {
    leaveFolders(this.#folders, path);
    if (header.type === "directory") return yield* this.#directory(path, header, below, await isSame);
    if (header.type === "char-device" && header.devMajor === 0 && header.devMinor === 0) {
      // Of what was only there to be mounted on nothing has to be told.
      if (below !== undefined) yield* this.#written(whiteout(path));
      return;
    }
    if (header.type === "hardlink") return yield* this.#link(path, header, below);
    if (await isSame) this.#unchanged.set(path, header);
    else yield* this.#written(entry(path, header, body));
  }

  /** A further name of a file, of which the walk has seen the first. */
  async *#link(path: string, header: TarHeader, below: TreeEntry | undefined): AsyncGenerator<TarInput, void> {
    const target = header.linkPath.replace(/^\.\//, "");
    const unchanged = this.#unchanged.get(target);
    const place = this.#placeOf(path);
    if (below?.type === "file") {
      const stat = await lstat(place);
      const described = unchanged ?? sameBut(header, { type: "file", size: stat.size });
      if (stat.isFile() && (await this.#isSame(path, described, below))) return;
    }
    if (unchanged === undefined) {
      return yield* this.#written(entry(path, sameBut(header, { linkPath: this.#moved.get(target) ?? target })));
    }
    // A layer's links lead to what is in the layer.
    this.#unchanged.delete(target);
    this.#moved.set(target, path);
    yield* this.#written(entry(path, unchanged, unchanged.type === "file" ? createReadStream(place) : undefined));
  }

  *#directory(path: string, header: TarHeader, below: TreeEntry | undefined, isSame: boolean): Generator<TarInput, void> {
    const isOpaque = header.xattrs.has(OPAQUE_XATTR);
    const input = entry(path, header);
    if (isSame && !isOpaque) {
      this.#folders.push({ path, unwritten: input });
      return;
    }
    yield* this.#written(input);
    this.#folders.push({ path, unwritten: undefined });
    const { mode, uid, gid } = header;
    // The kernel marks every new directory; only where there was one it means something.
    if (isOpaque && below?.type === "directory")
      yield { header: { type: "file", path: `${path}/.wh..wh..opq`, mode: mode & 0o777, uid, gid } };
  }

  async #isSame(path: string, described: Described, below: TreeEntry | undefined, contents?: Contents): Promise<boolean> {
    if (below === undefined || this.#options.keepsUnchanged === true) return false;
    return this.#options.below.isSame(described, below, contents ?? { file: this.#placeOf(path) });
  }

  #placeOf(path: string): Buffer {
    return pathIn(this.#options.upper, path);
  }

  /** A directory comes before what is in it. */
  *#written(input: TarInput): Generator<TarInput, void> {
    for (const folder of this.#folders) {
      if (folder.unwritten !== undefined) yield this.#dated(folder.unwritten);
      folder.unwritten = undefined;
    }
    yield this.#dated(input);
  }

  #dated({ header, body }: TarInput): TarInput {
    const { newest, onDated } = this.#options;
    if (newest === undefined || (header.mtime?.seconds ?? 0) <= newest) return { header, body };
    onDated?.(header.path);
    return { header: { ...header, mtime: { seconds: newest, nanoseconds: 0 } }, body };
  }
}

/** Of the directories that a walk is in, those are left that lead to the path. */
function leaveFolders(folders: { readonly path: string }[], path: string): void {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  while (folders.length > 1 && folders.at(-1)?.path !== parent) folders.pop();
}

function entry(path: string, described: Described, body?: TarInput["body"]): TarInput {
  const { type, mode, uid, gid, linkPath, size, devMajor, devMinor } = described;
  // Docker's layers have whole seconds.
  const mtime = { seconds: described.mtime.seconds, nanoseconds: 0 };
  const header = { type, path, mode, uid, gid, mtime, linkPath, size, devMajor, devMinor, xattrs: xattrsOf(described) };
  return { header, body };
}

function sameBut(
  { type, mode, uid, gid, mtime, linkPath, size, devMajor, devMinor, xattrs }: Described,
  change: Partial<Described>,
): Described {
  return { type, mode, uid, gid, mtime, linkPath, size, devMajor, devMinor, xattrs, ...change };
}

/** Without owner, rights and time, as BuildKit has it: nobody will see them. */
function whiteout(path: string): TarInput {
  return { header: { type: "file", path: path.replace(/[^/]*$/, ".wh.$&"), mode: 0 } };
}

/** What overlayfs notes for itself is nobody else's. */
function xattrsOf({ xattrs }: Described): ReadonlyMap<string, Uint8Array> {
  return xattrs.has(OPAQUE_XATTR) ? new Map([...xattrs].filter(([name]) => name !== OPAQUE_XATTR)) : xattrs;
}
