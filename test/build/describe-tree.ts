import { encodeName, fileSegments } from "#archive";
import type { TreeEntry, TreeView } from "#archive";

/** Bytes of a file that is shown as it is. */
const MAX_SHOWN = 16 * 1024;

/** `0644 0:0 text` of a file, `-> target` of a link, `= path` of a further name; directories end in `/`. */
export function describeTree(tree: TreeView, tars: readonly Buffer[]): Record<string, string> {
  const described: Record<string, string> = {};
  const inodes = new Map<string, string>();
  for (const entry of tree.walk()) {
    if (entry.path === "") continue;
    const first = entry.type === "directory" ? undefined : inodes.get(entry.inode);
    inodes.set(entry.inode, entry.path);
    described[nameOf(entry)] = first === undefined ? describeEntry(entry, tars) : `= ${first}`;
  }
  return described;
}

function nameOf({ path, type }: TreeEntry): string {
  const name = path.isWellFormed() ? path : Buffer.from(encodeName(path)).toString("latin1");
  return type === "directory" ? `${name}/` : name;
}

function describeEntry(entry: TreeEntry, tars: readonly Buffer[]): string {
  const { mode, uid, gid } = entry;
  const attributes = `${mode.toString(8).padStart(4, "0")} ${uid}:${gid}`;
  switch (entry.type) {
    case "directory":
      return attributes;
    case "symlink":
      return `${uid}:${gid} -> ${entry.linkPath}`;
    case "fifo":
      return `${attributes} fifo`;
    case "char-device":
    case "block-device":
      return `${attributes} ${entry.type} ${entry.devMajor},${entry.devMinor}`;
    case "file": {
      if (entry.size > MAX_SHOWN) return `${attributes} of ${entry.size} bytes`;
      const tar = tars[entry.layer] ?? Buffer.alloc(0);
      const parts = [...fileSegments(entry)].map((part) =>
        part.type === "hole" ? "" : tar.toString("utf8", part.offset, part.offset + part.length),
      );
      return `${attributes} ${parts.join("")}`;
    }
  }
}
