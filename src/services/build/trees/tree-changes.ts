import { setImmediate as nextTurn } from "node:timers/promises";
import type { TarEntryInput, TarInput, TreeEntry } from "#archive";
import type { FileTree } from "./file-tree.ts";

/** Entries between two breaths: a tree may be large, and others want their turn. */
const STRIDE = 1000;
const WHITEOUT = ".wh.";

export interface TreeChangesOptions {
  /** What the changes are to; undefined for nothing. */
  readonly before: FileTree | undefined;
  /** The layers of the tree below this one are those of `before`. */
  readonly firstLayer: number;
}

/** What makes one tree into the other, as the entries of a layer: in order of names, a directory before what is in it. */
export async function* treeChanges(after: FileTree, { before, firstLayer }: TreeChangesOptions): AsyncGenerator<TarInput> {
  const names = new Map<string, string>();
  const waiting = childrenOf("", before, after);
  let count = 0;
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    count += 1;
    if (count % STRIDE === 0) await nextTurn();
    const was = before?.stat(path, { followLinks: false });
    const is = after.stat(path, { followLinks: false });
    if (is === undefined) {
      yield { header: { path: whiteoutOf(path), type: "file", size: 0, mode: 0o600 } };
      continue;
    }
    if (is.layer >= firstLayer || was?.inode !== is.inode) yield inputOf(path, is, after, names);
    if (is.type === "directory") waiting.push(...childrenOf(path, was?.type === "directory" ? before : undefined, after));
  }
}

/** Last first. */
function childrenOf(path: string, before: FileTree | undefined, after: FileTree): string[] {
  const names = new Set([...(after.readdir(path) ?? []), ...(before?.readdir(path) ?? [])]);
  return [...names]
    .sort()
    .reverse()
    .map((name) => (path === "" ? name : `${path}/${name}`));
}

/** @param names - The first name of every file that has been told. */
function inputOf(path: string, entry: TreeEntry, tree: FileTree, names: Map<string, string>): TarInput {
  const { mode, uid, gid, mtime, xattrs } = entry;
  const attributes = { path, mode, uid, gid, mtime, xattrs };
  if (entry.type === "directory") return { header: { ...attributes, type: "directory" } };
  const linkPath = names.get(entry.inode);
  if (linkPath !== undefined) return { header: { ...attributes, type: "hardlink", linkPath, size: 0 } };
  names.set(entry.inode, path);
  if (entry.type !== "file") return { header: { ...attributes, ...specialOf(entry) } };
  return { header: { ...attributes, type: "file", size: entry.size }, body: tree.read(entry) };
}

function specialOf(entry: Exclude<TreeEntry, { type: "file" }>): Pick<TarEntryInput, "type" | "linkPath" | "devMajor" | "devMinor"> {
  switch (entry.type) {
    case "symlink":
      return { type: "symlink", linkPath: entry.linkPath };
    case "char-device":
    case "block-device":
      return { type: entry.type, devMajor: entry.devMajor, devMinor: entry.devMinor };
    default:
      return { type: entry.type };
  }
}

function whiteoutOf(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  return `${path.slice(0, at)}${WHITEOUT}${path.slice(at)}`;
}
