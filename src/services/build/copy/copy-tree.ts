import { Pace } from "#async";
import type { LayerAttributes, TarTime, TreeEntry } from "#archive";
import type { Ignore } from "#dockerfile";
import { invalidArgument } from "#errors";
import type { FileTree } from "../trees/file-tree.ts";
import type { ChangeMode } from "./file-mode.ts";
import type { LayerDraft, NewDirectory } from "./layer-draft.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** How a COPY or ADD puts things where they go. */
export interface Placing {
  readonly draft: LayerDraft;
  /** Where links on the way have led: clean, without a leading `/`, empty for the root. */
  readonly destination: string;
  /** The destination was written as a directory, or has to be one. */
  readonly isDirectory: boolean;
  /** Instead of the source's; absent keeps those. */
  readonly owner: Owner | undefined;
  readonly changeMode: ChangeMode | undefined;
  readonly newDirectoryMode: number;
  /** Paths below a source that stay behind. */
  readonly exclude: Ignore;
  /** Of directories that have to be made on the way. */
  readonly now: TarTime;
  /** What is there and of another kind gives way. */
  readonly replaces: boolean;
  /** The error for a source that is not there. */
  readonly missing: (name: string) => Error;
}

/** Copies what a path of the tree leads to: a directory's contents into the destination, anything else to or into it. */
export async function copyPath(tree: FileTree, path: string, name: string, placing: Placing): Promise<void> {
  const entry = tree.stat(path);
  if (entry === undefined) throw placing.missing(name);
  if (entry.type === "directory") {
    const target = placing.destination;
    arriveAt(entry, target, placing);
    await copyContents(tree, entry.path, target, placing);
    return;
  }
  copyLeaf(tree, entry, leafTarget(baseName(name), placing), placing, undefined);
}

/** As `copyPath`, keeping the part of the source's path that `relative` is, with the directories on the way as they are there. */
export async function copyWithParents(tree: FileTree, path: string, relative: string, placing: Placing): Promise<void> {
  const names = relative.split("/");
  const source = path.split("/");
  const root = source.length - names.length;
  for (let depth = 1; depth < names.length; depth += 1) {
    const parent = tree.stat(source.slice(0, root + depth).join("/"));
    if (parent?.type !== "directory") continue;
    const target = joinPath(placing.destination, names.slice(0, depth).join("/"));
    if (placing.draft.typeAt(target) === undefined) placing.draft.putDirectory(target, attributesOf(parent, placing), missingAs(placing));
  }
  const entry = tree.stat(path);
  if (entry === undefined) throw placing.missing(relative);
  const target = joinPath(placing.destination, relative);
  if (entry.type !== "directory") return copyLeaf(tree, entry, target, placing, undefined);
  placing.draft.putDirectory(target, attributesOf(entry, placing), missingAs(placing));
  await copyContents(tree, entry.path, target, placing);
}

/** Where something that is not a directory goes. */
export function leafTarget(name: string, { draft, destination, isDirectory }: Placing): string {
  return isDirectory || draft.typeAt(destination) === "directory" ? joinPath(destination, name) : destination;
}

/** Owner and mode of directories that nobody has described. */
export function missingAs({ owner, newDirectoryMode, now, replaces }: Placing): NewDirectory {
  return { replaces, mode: newDirectoryMode, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0, mtime: now };
}

export function joinPath(directory: string, name: string): string {
  if (name === "") return directory;
  return directory === "" ? name : `${directory}/${name}`;
}

/** The directory that contents go into gets the source's time; what was there before keeps owner and mode. */
function arriveAt(source: TreeEntry, target: string, placing: Placing): void {
  const { draft } = placing;
  const before = draft.attributesAt(target);
  const attributes = before ?? { ...missingAs(placing), xattrs: source.xattrs };
  draft.putDirectory(target, { ...attributes, mtime: source.mtime }, missingAs(placing));
}

/** Copies all that is in a directory. */
export async function copyContents(tree: FileTree, from: string, to: string, placing: Placing): Promise<void> {
  const pace = new Pace();
  const waiting: { path: string; relative: string; isKept: boolean }[] = [{ path: from, relative: "", isKept: true }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, relative, isKept } = next;
    for (const name of tree.readdir(path) ?? []) {
      if (pace.isDue) await pace.rest();
      const child = { path: joinPath(path, name), relative: joinPath(relative, name), isKept: true };
      const entry = tree.stat(child.path, { followLinks: false });
      if (entry === undefined) continue;
      const isDirectory = entry.type === "directory";
      child.isKept = !placing.exclude.ignores(child.relative);
      if (!child.isKept && !(isDirectory && placing.exclude.mayKeepBelow(child.relative))) continue;
      // A directory that is left out itself comes into being with the first thing in it that is not.
      if (child.isKept && !isKept) makeKept(tree, from, relative, to, placing);
      const target = joinPath(to, child.relative);
      if (isDirectory) {
        if (child.isKept) placing.draft.putDirectory(target, attributesOf(entry, placing), missingAs(placing));
        waiting.push(child);
      } else copyLeaf(tree, entry, target, placing, from);
    }
  }
}

function makeKept(tree: FileTree, from: string, relative: string, to: string, placing: Placing): void {
  const names = relative.split("/");
  for (let depth = 1; depth <= names.length; depth += 1) {
    const part = names.slice(0, depth).join("/");
    const entry = tree.stat(joinPath(from, part), { followLinks: false });
    const target = joinPath(to, part);
    if (entry !== undefined && placing.draft.typeAt(target) === undefined) {
      placing.draft.putDirectory(target, attributesOf(entry, placing), missingAs(placing));
    }
  }
}

/** @param root of the directory being copied: names of one file below it stay names of one file. */
function copyLeaf(tree: FileTree, entry: TreeEntry, target: string, placing: Placing, root: string | undefined): void {
  const attributes = entry.type === "symlink" ? { ...attributesOf(entry, placing), mode: entry.mode } : attributesOf(entry, placing);
  const missing = missingAs(placing);
  const inode = root === undefined ? {} : { inode: `${tree.identity} ${root} ${entry.inode}` };
  switch (entry.type) {
    case "file":
      placing.draft.put(
        { path: target, type: "file", size: entry.size, ...attributes },
        { body: () => tree.read(entry), ...inode, missing },
      );
      return;
    case "symlink":
      placing.draft.put({ path: target, type: "symlink", linkPath: entry.linkPath, ...attributes }, { missing });
      return;
    case "char-device":
    case "block-device": {
      const { devMajor, devMinor, type } = entry;
      placing.draft.put({ path: target, type, devMajor, devMinor, ...attributes }, { ...inode, missing });
      return;
    }
    case "fifo":
      placing.draft.put({ path: target, type: "fifo", ...attributes }, { ...inode, missing });
      return;
    case "directory":
      throw invalidArgument(`cannot replace to directory /${target} with file`);
  }
}

function attributesOf(entry: TreeEntry, { owner, changeMode }: Placing): LayerAttributes {
  const { mode, uid, gid, mtime, xattrs } = entry;
  return {
    mode: changeMode?.(mode, entry.type === "directory") ?? mode,
    uid: owner?.uid ?? uid,
    gid: owner?.gid ?? gid,
    mtime,
    xattrs,
  };
}

function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}
