import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { readTar } from "#archive";
import type { TarHeader, TarInput, TarItem, TreeEntry } from "#archive";
import type { Described, LowerTree } from "./lower-tree.ts";
import { OPAQUE_XATTR } from "./overlay-entries.ts";
import { pathIn } from "./path-in.ts";

export interface ChangesOptions {
  /** The upper directory of the overlay. */
  readonly upper: string;
  readonly below: LowerTree;
  /** Unix seconds: what is newer is given this time, so that it does not matter when it was written. */
  readonly newest?: number | undefined;
  /**
   * Called for what reads differently in the layer than it is in the directory: a file that a process named like a whiteout,
   * another time.
   */
  readonly onUnlike: () => void;
}

/**
 * Of the tar of an overlay's upper directory what has changed, as the entries of a layer. The kernel copies up whatever
 * is opened for writing, whether it is written or not; what is still as below it is left out, and so are directories in
 * which nothing has changed.
 *
 * @param tar sorted, a directory before what is in it.
 */
export function changedEntries(tar: AsyncIterable<Uint8Array>, options: ChangesOptions): AsyncGenerator<TarInput, void> {
  return new Changes(options).of(tar);
}

const MARKER_NAME = /(?:^|\/)\.wh\.[^/]*$/;

/** A directory that the walk is in. */
interface Folder {
  readonly path: string;
  /** Whether names from below show through. */
  readonly isMerged: boolean;
  /** What is written of it only if something in it has changed. */
  unwritten: TarInput | undefined;
}

class Changes {
  readonly #options: ChangesOptions;
  readonly #folders: Folder[] = [];
  /** Left out, by name: what may turn out to have further names, which are new. */
  readonly #unchanged = new Map<string, TarHeader>();
  /** Where the first new name of such a file is. */
  readonly #moved = new Map<string, string>();

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  async *of(tar: AsyncIterable<Uint8Array>): AsyncGenerator<TarInput, void> {
    for await (const item of readTar(tar)) {
      const path = item.header.path.replace(/^\.\//, "").replace(/\/$/, "");
      if (MARKER_NAME.test(path)) this.#options.onUnlike();
      if (path === "") this.#folders.push({ path, isMerged: true, unwritten: undefined });
      else yield* this.#entry(path, item);
    }
  }

  async *#entry(path: string, item: TarItem): AsyncGenerator<TarInput, void> {
    const parent = this.#enterParent(path);
    const { header } = item;
    const below = parent?.isMerged === true ? this.#options.below.stat(path) : undefined;
    if (header.type === "directory") return yield* this.#directory(path, header, below);
    if (header.type === "char-device" && header.devMajor === 0 && header.devMinor === 0) {
      // Of what was only there to be mounted on nothing has to be told.
      if (below !== undefined) yield* this.#written(whiteout(path));
      return;
    }
    if (header.type === "hardlink") return yield* this.#link(path, header, below);
    if (below !== undefined && (await this.#isSame(path, header, below))) this.#unchanged.set(path, header);
    else yield* this.#written(entry(path, header, item.body));
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

  async *#directory(path: string, header: TarHeader, below: TreeEntry | undefined): AsyncGenerator<TarInput, void> {
    const isOpaque = header.xattrs.has(OPAQUE_XATTR);
    const input = entry(path, header);
    const isMerged = below?.type === "directory" && !isOpaque;
    if (isMerged && (await this.#isSame(path, header, below))) {
      this.#folders.push({ path, isMerged, unwritten: input });
      return;
    }
    yield* this.#written(input);
    this.#folders.push({ path, isMerged, unwritten: undefined });
    const { mode, uid, gid } = header;
    // The kernel marks every new directory; only where there was one it means something.
    if (isOpaque && below?.type === "directory")
      yield { header: { type: "file", path: `${path}/.wh..wh..opq`, mode: mode & 0o777, uid, gid } };
  }

  #isSame(path: string, described: Described, below: TreeEntry): Promise<boolean> {
    return this.#options.below.isSame(described, below, this.#placeOf(path));
  }

  #placeOf(path: string): Buffer {
    return pathIn(this.#options.upper, path);
  }

  #enterParent(path: string): Folder | undefined {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    while (this.#folders.length > 1 && this.#folders.at(-1)?.path !== parent) this.#folders.pop();
    return this.#folders.at(-1);
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
    const { newest, onUnlike } = this.#options;
    if (newest === undefined || (header.mtime?.seconds ?? 0) <= newest) return { header, body };
    onUnlike();
    return { header: { ...header, mtime: { seconds: newest, nanoseconds: 0 } }, body };
  }
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
