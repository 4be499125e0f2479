import { internal, invalidArgument } from "#errors";
import type { LayerIndex } from "./layer-index.ts";
import type { FileData, LayerAttributes } from "./layer-record.ts";
import { MAX_LINK_HOPS } from "./layer-tree.ts";
import { mergedChildren, mergedRoot } from "./merged-directory.ts";
import type { MergedDirectory, MergedNode } from "./merged-directory.ts";
import { EPOCH, NO_XATTRS } from "./tar-header.ts";

/** Something in the tree. `path` is where it really is: clean, without a leading `/`, empty for the root. */
export type TreeEntry = LayerAttributes & {
  readonly path: string;
  /** Number of the layer that it comes from, base 0; for hard links into lower layers, the one that has the bytes. */
  readonly layer: number;
  /** The same for two names of one file, and for no others. */
  readonly inode: string;
} & (
    | { readonly type: "file"; readonly size: number; readonly data: FileData }
    | { readonly type: "directory" | "fifo" }
    | { readonly type: "symlink"; readonly linkPath: string }
    | { readonly type: "char-device" | "block-device"; readonly devMajor: number; readonly devMinor: number }
  );

export interface LookupOptions {
  /** Whether a symlink at the end of the path is followed, as those on the way always are. Default true. */
  readonly followLinks?: boolean;
}

interface Place {
  readonly path: string;
  readonly node: MergedNode | undefined;
}

/**
 * The file system that a chain of layers makes, answered from their indexes alone: nothing is read or unpacked.
 * Paths may be absolute or not and are looked up inside the root: `..` stops there and so do symlinks. What has
 * been looked at is remembered, so a view costs memory in proportion to what was asked.
 *
 * @throws invalid-argument for symlinks that lead in circles and for hard links to nothing.
 */
export class TreeView {
  readonly #layers: readonly LayerIndex[];
  readonly #root: MergedNode;
  readonly #below = new Map<number, TreeView>();

  /** @param layers base first. */
  constructor(layers: readonly LayerIndex[]) {
    this.#layers = layers;
    this.#root = { kind: "directory", directory: mergedRoot(layers) };
  }

  /** Undefined when nothing is there, or something on the way is no directory. */
  stat(path: string, options: LookupOptions = {}): TreeEntry | undefined {
    const place = this.#locate(path, options.followLinks ?? true);
    return place.node === undefined ? undefined : this.#entry(place.path, place.node);
  }

  /** Names in order, of what is in the directory that the path leads to; undefined when it is none. */
  readdir(path: string): readonly string[] | undefined {
    const { node } = this.#locate(path, true);
    if (node?.kind !== "directory") return undefined;
    return [...this.#children(node.directory).keys()];
  }

  /** A symlink's target, verbatim; undefined when the path leads to something else or nothing. */
  readlink(path: string): string | undefined {
    const entry = this.stat(path, { followLinks: false });
    return entry?.type === "symlink" ? entry.linkPath : undefined;
  }

  /** Where the path leads, whether something is there or not: what is missing is taken as it is written. */
  resolve(path: string, options: LookupOptions = {}): string {
    return this.#locate(path, options.followLinks ?? true).path;
  }

  /** The directory that the path leads to and all below it, a directory before what is in it, names in order. */
  *walk(path = ""): Generator<TreeEntry, void> {
    const { path: start, node } = this.#locate(path, true);
    const waiting: { path: string; node: MergedNode }[] = node === undefined ? [] : [{ path: start, node }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const at = next.path;
      yield this.#entry(at, next.node);
      if (next.node.kind !== "directory") continue;
      // Not remembered: whoever walks the whole tree would otherwise keep all of it.
      const children = next.node.directory.children ?? mergedChildren(this.#layers, next.node.directory);
      for (const [name, child] of [...children].reverse()) waiting.push({ path: joined(at, name), node: child });
    }
  }

  #children(directory: MergedDirectory): ReadonlyMap<string, MergedNode> {
    return (directory.children ??= mergedChildren(this.#layers, directory));
  }

  #locate(path: string, followLast: boolean): Place {
    const trail: { path: string; node: MergedNode | undefined }[] = [{ path: "", node: this.#root }];
    const names = path.split("/").reverse();
    let hops = 0;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const parent = trail.at(-1) ?? { path: "", node: this.#root };
      const node = parent.node?.kind === "directory" ? this.#children(parent.node.directory).get(name) : undefined;
      const target = followLast || names.length > 0 ? this.#linkTarget(node) : undefined;
      if (target === undefined) {
        trail.push({ path: joined(parent.path, name), node });
        continue;
      }
      if (++hops > MAX_LINK_HOPS) throw invalidArgument(`cannot resolve ${JSON.stringify(path)}: too many levels of symbolic links`);
      if (target.startsWith("/")) trail.length = 1;
      names.push(...target.split("/").reverse());
    }
    return trail.at(-1) ?? { path: "", node: this.#root };
  }

  #linkTarget(node: MergedNode | undefined): string | undefined {
    if (node?.kind !== "leaf") return undefined;
    const leaf = this.#layer(node.layer).leaf(node.at);
    return leaf.type === "symlink" ? leaf.linkPath : undefined;
  }

  #entry(path: string, node: MergedNode): TreeEntry {
    if (node.kind === "directory") return this.#directoryEntry(path, node.directory);
    const leaf = this.#layer(node.layer).leaf(node.at);
    const place = { path, layer: node.layer, inode: `${node.layer}:${node.at}` };
    if (leaf.type !== "hardlink") return { ...leaf, ...place };
    const target = this.#viewBelow(node.layer).stat(leaf.linkPath, { followLinks: false });
    if (target === undefined || target.type === "directory")
      throw invalidArgument(`invalid hardlink target ${JSON.stringify(leaf.linkPath)}`);
    return { ...target, path };
  }

  /** Attributes are those of the topmost layer that has the directory itself, not only something in it. */
  #directoryEntry(path: string, { describedBy }: MergedDirectory): TreeEntry {
    for (const { layer, at } of describedBy) {
      const attributes = this.#layer(layer).directoryAttributes(at);
      if (attributes !== undefined) return { type: "directory", path, layer, inode: `${layer}:${at}`, ...attributes };
    }
    const { layer, at } = describedBy[0] ?? { layer: 0, at: 0 };
    return { type: "directory", path, layer, inode: `${layer}:${at}`, ...IMPLIED };
  }

  /** What a layer's hard links may point at: the tree as it was before the layer. */
  #viewBelow(layer: number): TreeView {
    let view = this.#below.get(layer);
    if (view === undefined) this.#below.set(layer, (view = new TreeView(this.#layers.slice(0, layer))));
    return view;
  }

  #layer(number: number): LayerIndex {
    const index = this.#layers[number];
    if (index === undefined) throw internal(`no layer ${number} in a tree of ${this.#layers.length}`);
    return index;
  }
}

/** What Docker gives a directory that no layer describes. */
const IMPLIED: LayerAttributes = { mode: 0o755, uid: 0, gid: 0, mtime: EPOCH, xattrs: NO_XATTRS };

function joined(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
