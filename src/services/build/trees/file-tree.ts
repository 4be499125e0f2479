import type { TreeEntry, TreeView } from "#archive";

export type FileEntry = Extract<TreeEntry, { type: "file" }>;

/** A file system to copy from: a context, a stage, an image. Paths as in `TreeView`. */
export interface FileTree extends Pick<TreeView, "stat" | "readdir" | "resolve"> {
  /** The whole of a file, in pieces. */
  read(file: FileEntry): AsyncIterable<Uint8Array>;
  /** Says the same of two trees only if everything in them is the same. */
  readonly identity: string;
}
