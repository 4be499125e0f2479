import { setImmediate } from "node:timers/promises";
import { internal, dataLoss } from "#errors";
import { TreeView } from "#archive";
import type { FileData, LayerAttributes, LayerIndex, TarEntryInput, TreeEntry } from "#archive";

/** The same name in a tar and on the overlay: a directory through which nothing from below shows. */
export const OPAQUE_XATTR = "trusted.overlay.opaque";

type FileEntry = Extract<TreeEntry, { type: "file" }>;

/** A file whose bytes have to come from the tar of a layer. */
export interface WantedFile {
  readonly header: TarEntryInput;
  readonly data: FileData;
}

/** What unpacking one layer as a directory for overlayfs takes, in an order in which it can be made. */
export interface OverlayPlan {
  /** Everything without bytes, a directory before what is in it. */
  readonly first: readonly TarEntryInput[];
  /** By number of the layer that has the bytes, each in the order of its tar. */
  readonly files: ReadonlyMap<number, readonly WantedFile[]>;
  /** Hard links to files that are there by then. */
  readonly last: readonly TarEntryInput[];
  /** Bytes of all files. */
  readonly size: number;
}

/**
 * The last of these layers as a directory to lay over the ones below it. Names come from its index, so every one of
 * them lies below the root and behind real directories; whiteouts are character devices 0:0 and opaque directories
 * carry an attribute, as overlayfs wants it.
 *
 * @param indexes base first; those below answer what the layer leaves to them.
 */
export function overlayPlan(indexes: readonly LayerIndex[]): Promise<OverlayPlan> {
  return new Planner(indexes).plan();
}

/** Entries that are planned in one go; others have a turn of the event loop in between. */
const BATCH = 1000;

class Planner {
  readonly #top: number;
  readonly #index: LayerIndex;
  readonly #view: TreeView;
  readonly #first: TarEntryInput[] = [];
  readonly #files = new Map<number, WantedFile[]>();
  readonly #last: TarEntryInput[] = [];
  readonly #firstNames = new Map<string, string>();
  #size = 0;

  constructor(indexes: readonly LayerIndex[]) {
    const index = indexes.at(-1);
    if (index === undefined) throw internal("cannot unpack a chain without layers");
    this.#top = indexes.length - 1;
    this.#index = index;
    this.#view = new TreeView(indexes);
  }

  async plan(): Promise<OverlayPlan> {
    let planned = 0;
    for (const _ of this.#addTree()) if (++planned % BATCH === 0) await setImmediate();
    for (const files of this.#files.values()) files.sort((a, b) => a.data.dataOffset - b.data.dataOffset);
    return { first: this.#first, files: this.#files, last: this.#last, size: this.#size };
  }

  /** Gives way after every entry. Not recursive: a hostile layer is a thousand directories deep. */
  *#addTree(): Generator<void, void> {
    const waiting = [{ path: "", at: this.#index.root, isOpaque: this.#index.isOpaque }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const parent = next.path;
      const directory = this.#index.directory(next.at);
      const attributes = directory.attributes ?? this.#entry(parent);
      const xattrs = next.isOpaque ? new Map([...attributes.xattrs, [OPAQUE_XATTR, Buffer.from("y")]]) : attributes.xattrs;
      this.#first.push({ ...plain(attributes), type: "directory", path: parent === "" ? "./" : parent, xattrs });
      for (const child of directory.children) {
        const path = parent === "" ? child.name : `${parent}/${child.name}`;
        if (child.kind === "whiteout") this.#first.push({ type: "char-device", path });
        else if (child.kind === "leaf") this.#addLeaf(path, child.at);
        else waiting.push({ path, at: child.at, isOpaque: child.hides !== "nothing" });
        yield;
      }
    }
  }

  #addLeaf(path: string, at: number): void {
    const leaf = this.#index.leaf(at);
    if (leaf.type === "file") this.#addFile({ ...leaf, path, layer: this.#top, inode: `${this.#top}:${at}` });
    else if (leaf.type !== "hardlink") this.#addSmall({ ...leaf, path, layer: this.#top, inode: `${this.#top}:${at}` });
    else {
      // A link into a lower layer: the directory of one layer can only hold a copy, which the layers' own links share.
      const target = this.#entry(path);
      if (target.type === "file") this.#addFile(target);
      else this.#addSmall(target);
    }
  }

  #addFile(file: FileEntry): void {
    if (this.#addLink(file)) return;
    const files = this.#files.get(file.layer) ?? [];
    this.#files.set(file.layer, files);
    files.push({ header: { ...plain(file), type: "file", path: file.path, size: file.size }, data: file.data });
    this.#size += file.size;
  }

  #addSmall(entry: Exclude<TreeEntry, FileEntry>): void {
    if (this.#addLink(entry)) return;
    const { path, type } = entry;
    if (type === "symlink") this.#first.push({ ...plain(entry), type, path, linkPath: entry.linkPath });
    else if (type === "char-device" || type === "block-device") {
      this.#first.push({ ...plain(entry), type, path, devMajor: entry.devMajor, devMinor: entry.devMinor });
    } else this.#first.push({ ...plain(entry), type, path });
  }

  #addLink({ path, inode }: TreeEntry): boolean {
    const linkPath = this.#firstNames.get(inode);
    if (linkPath === undefined) this.#firstNames.set(inode, path);
    else this.#last.push({ type: "hardlink", path, linkPath });
    return linkPath !== undefined;
  }

  #entry(path: string): TreeEntry {
    const entry = this.#view.stat(path, { followLinks: false });
    if (entry === undefined) throw dataLoss(`cannot unpack layer: its index does not lead to ${JSON.stringify(path)}`);
    return entry;
  }
}

function plain({ mode, uid, gid, mtime, xattrs }: LayerAttributes): LayerAttributes {
  return { mode, uid, gid, mtime, xattrs };
}
