import { createHash } from "node:crypto";
import type { TreeEntry } from "#archive";
import type { FileTree } from "../trees/file-tree.ts";
import type { DraftEntry } from "./layer-draft.ts";

/**
 * What is not already there as it is, and the directories on the way to it: all that a layer has to say. A directory's own
 * time alone is no change.
 *
 * @param entries a directory before what is in it, and that right behind it.
 */
export async function* changedEntries(entries: AsyncIterable<DraftEntry>, base: FileTree): AsyncGenerator<DraftEntry> {
  let waiting: DraftEntry[] = [];
  for await (const entry of entries) {
    waiting = waiting.filter(({ header }) => entry.header.path.startsWith(`${header.path}/`));
    if (!(await isUnchanged(entry, base))) {
      yield* waiting.splice(0);
      yield entry;
    } else if (entry.header.type === "directory") waiting.push(entry);
  }
}

async function isUnchanged(entry: DraftEntry, base: FileTree): Promise<boolean> {
  const { header, isImplied, isLinked } = entry;
  if (isImplied) return true;
  const below = base.stat(header.path, { followLinks: false });
  if (below === undefined || below.type !== header.type || isLinked === true || !hasAttributes(entry, below)) return false;
  switch (below.type) {
    case "directory":
      return true;
    case "symlink":
      return isAsOld(entry, below) && header.linkPath === below.linkPath;
    case "file":
      return isAsOld(entry, below) && header.size === below.size && (await hashOf(entry.body?.())) === (await hashOf(base.read(below)));
    case "fifo":
      return isAsOld(entry, below);
    default:
      return isAsOld(entry, below) && header.devMajor === below.devMajor && header.devMinor === below.devMinor;
  }
}

function hasAttributes({ header }: DraftEntry, { mode, uid, gid, xattrs }: TreeEntry): boolean {
  const given = header.xattrs ?? new Map<string, Uint8Array>();
  const hasXattrs = given.size === xattrs.size && [...given].every(([name, value]) => isEqual(value, xattrs.get(name)));
  return header.mode === mode && header.uid === uid && header.gid === gid && hasXattrs;
}

function isEqual(value: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(value, other) === 0;
}

/** Layers have whole seconds. */
function isAsOld({ header }: DraftEntry, { mtime }: TreeEntry): boolean {
  return header.mtime?.seconds === mtime.seconds;
}

async function hashOf(bytes: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytes ?? []) hash.update(chunk);
  return hash.digest("hex");
}
