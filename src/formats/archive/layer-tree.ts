import { invalidArgument } from "#errors";
import { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { encodeName } from "./entry-name.ts";
import { limitExceeded } from "./errors.ts";
import { readLeaf, writeDirectoryAttributes, writeLeaf } from "./layer-record.ts";
import type { LayerAttributes, LayerLeaf } from "./layer-record.ts";

/** Symlinks followed on the way to one place before it counts as a loop; Linux's own number. */
export const MAX_LINK_HOPS = 40;

/** An opaque directory hides what lower layers have in it, a replaced one also what they say of it. */
export const CHILD = { leaf: 0, directory: 1, opaqueDirectory: 2, replacedDirectory: 3, whiteout: 4 } as const;

/** Names of AUFS's own bookkeeping, of which `.wh..wh.plnk` holds files that others are hard links to. */
export const AUFS_PREFIX = ".wh..wh.";

/** A leaf is the offset of its record: hard links to one file share it, and a million files need no objects. */
type Child = number | LayerDirectory;

class LayerDirectory {
  readonly children = new Map<string, Child>();
  readonly depth: number;
  whiteouts: Set<string> | undefined;
  attributes: LayerAttributes | undefined;
  isOpaque = false;

  constructor(depth: number) {
    this.depth = depth;
  }
}

export interface LayerTreeLimits {
  readonly maxDepth: number;
  readonly maxIndexBytes: number;
}

/**
 * A layer's tree while its tar goes by: each entry is put where unpacking it would put it, behind symlinks of the
 * same layer and over what was there before. Paths are clean (`cleanEntryPath`).
 */
export class LayerTree {
  readonly #writer: ByteWriter;
  readonly #limits: LayerTreeLimits;
  readonly #root = new LayerDirectory(0);
  /** The directory that the last entry went to; most follow one another in one directory. */
  #lastPath: string | undefined;
  #lastDirectory = this.#root;

  /** @param writer takes records as they come; `encode` adds the directories to it. */
  constructor(writer: ByteWriter, limits: LayerTreeLimits) {
    this.#writer = writer;
    this.#limits = limits;
  }

  addLeaf(path: string, leaf: LayerLeaf): void {
    const record = this.#writer.length;
    writeLeaf(this.#writer, leaf);
    if (this.#writer.length > this.#limits.maxIndexBytes)
      throw limitExceeded("its layer index is too large", `${this.#limits.maxIndexBytes} bytes`);
    this.#put(path, record);
  }

  addDirectory(path: string, attributes: LayerAttributes): void {
    if (path === "") {
      this.#root.attributes = attributes;
      return;
    }
    const parent = this.#parentOf(path);
    const name = baseName(path);
    const existing = parent.children.get(name);
    const directory = existing instanceof LayerDirectory ? existing : this.#newDirectory(parent, name);
    directory.attributes = attributes;
  }

  /** False when the layer has no such file: it may be below. @throws invalid-argument when it is a directory. */
  addHardLink(path: string, target: string): boolean {
    const parent = this.#find(dirName(target));
    const record = parent?.children.get(baseName(target));
    if (target === "" || record instanceof LayerDirectory) throw invalidArgument(`invalid hardlink target ${JSON.stringify(target)}`);
    if (record === undefined) return false;
    this.#put(path, record);
    return true;
  }

  addWhiteout(directory: string, name: string): void {
    (this.#directory(directory).whiteouts ??= new Set()).add(name);
  }

  addOpaque(directory: string): void {
    this.#directory(directory).isOpaque = true;
  }

  /** Appends the directories, each behind those in it; gives the offset of the root and whether it is opaque. */
  encode(): { root: number; isOpaque: boolean } {
    return { root: this.#encode(this.#root), isOpaque: this.#root.isOpaque };
  }

  #put(path: string, record: number): void {
    if (path === "") throw invalidArgument(`invalid entry name ""`);
    const parent = this.#parentOf(path);
    const name = baseName(path);
    if (parent.children.has(name)) this.#lastPath = undefined;
    parent.children.set(name, record);
  }

  #parentOf(path: string): LayerDirectory {
    return this.#directory(dirName(path));
  }

  /** The directory at a path, made with those above it when it is not there. */
  #directory(path: string): LayerDirectory {
    if (path === this.#lastPath) return this.#lastDirectory;
    const directory = this.#walk(path, (parent, name) => this.#newDirectory(parent, name));
    if (directory === undefined) throw notADirectory(path);
    this.#lastPath = path;
    this.#lastDirectory = directory;
    return directory;
  }

  #find(path: string): LayerDirectory | undefined {
    return path === this.#lastPath ? this.#lastDirectory : this.#walk(path, () => undefined);
  }

  #walk(path: string, onMissing: (parent: LayerDirectory, name: string) => LayerDirectory | undefined): LayerDirectory | undefined {
    const trail: LayerDirectory[] = [this.#root];
    const names = path.split("/").reverse();
    let hops = 0;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const parent = trail.at(-1) ?? this.#root;
      const child = parent.children.get(name) ?? onMissing(parent, name);
      if (child === undefined) return undefined;
      if (child instanceof LayerDirectory) {
        trail.push(child);
        continue;
      }
      const leaf = readLeaf(new ByteReader(this.#writer.view(), child));
      if (leaf.type !== "symlink") throw notADirectory(path);
      if (++hops > MAX_LINK_HOPS) throw invalidArgument(`invalid entry name ${JSON.stringify(path)}: too many levels of symbolic links`);
      if (leaf.linkPath.startsWith("/")) trail.length = 1;
      names.push(...leaf.linkPath.split("/").reverse());
    }
    return trail.at(-1);
  }

  #newDirectory(parent: LayerDirectory, name: string): LayerDirectory {
    if (parent.depth >= this.#limits.maxDepth) throw limitExceeded("a path is too deep", `${this.#limits.maxDepth} components`);
    const directory = new LayerDirectory(parent.depth + 1);
    if (parent.children.has(name)) this.#lastPath = undefined;
    parent.children.set(name, directory);
    return directory;
  }

  #encode(directory: LayerDirectory): number {
    const whiteouts = directory.whiteouts ?? new Set<string>();
    const names = [...directory.children.keys()].filter((name) => !name.startsWith(AUFS_PREFIX));
    const lonely = [...whiteouts].filter((name) => !directory.children.has(name));
    const refs = names.map((name) => this.#encodeChild(name, directory, whiteouts));
    const all = [...refs, ...lonely.map((name) => ({ name, kind: CHILD.whiteout, at: 0 }))].sort((a, b) => (a.name < b.name ? -1 : 1));
    const at = this.#writer.length;
    writeDirectoryAttributes(this.#writer, directory.attributes);
    this.#writer.unsigned(all.length);
    for (const ref of all) {
      this.#writer.bytes(encodeName(ref.name));
      this.#writer.byte(ref.kind);
      if (ref.kind !== CHILD.whiteout) this.#writer.unsigned(ref.at);
    }
    return at;
  }

  /** A whiteout beside something of the same layer speaks of what was there before. */
  #encodeChild(name: string, directory: LayerDirectory, whiteouts: ReadonlySet<string>): { name: string; kind: number; at: number } {
    const child = directory.children.get(name);
    if (!(child instanceof LayerDirectory)) return { name, kind: CHILD.leaf, at: child ?? 0 };
    const kind = whiteouts.has(name) ? CHILD.replacedDirectory : child.isOpaque ? CHILD.opaqueDirectory : CHILD.directory;
    return { name, kind, at: this.#encode(child) };
  }
}

export function dirName(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function notADirectory(path: string): Error {
  return invalidArgument(`invalid entry name ${JSON.stringify(path)}: not a directory`);
}
