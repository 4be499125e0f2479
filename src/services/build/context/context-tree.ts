import type { LookupOptions, TreeEntry } from "#archive";
import type { Ignore } from "#dockerfile";
import type { FileEntry, FileTree } from "../trees/file-tree.ts";

/**
 * A context as COPY sees it: without what is ignored, and all of it root's, whoever it belongs to on the machine it
 * comes from.
 */
export class ContextTree implements FileTree {
  readonly identity: string;
  readonly #tree: FileTree;
  readonly #ignore: Ignore;
  /** Folders that are ignored, and whether something in them is kept all the same. */
  readonly #kept = new Map<string, boolean>();

  constructor(tree: FileTree, ignore: Ignore, ignoreText: string) {
    this.#tree = tree;
    this.#ignore = ignore;
    this.identity = `context ${tree.identity} ${ignoreText}`;
  }

  stat(path: string, options?: LookupOptions): TreeEntry | undefined {
    const entry = this.#tree.stat(path, options);
    if (entry === undefined || this.#isHidden(entry)) return undefined;
    return { ...entry, uid: 0, gid: 0 };
  }

  readdir(path: string): readonly string[] | undefined {
    const directory = this.stat(path);
    if (directory?.type !== "directory") return undefined;
    return this.#tree
      .readdir(directory.path)
      ?.filter((name) => this.stat(below(directory.path, name), { followLinks: false }) !== undefined);
  }

  resolve(path: string, options?: LookupOptions): string {
    return this.#tree.resolve(path, options);
  }

  read(file: FileEntry): AsyncIterable<Uint8Array> {
    return this.#tree.read(file);
  }

  #isHidden(entry: TreeEntry): boolean {
    if (!this.#ignore.ignores(entry.path)) return false;
    return entry.type !== "directory" || !this.#holdsKept(entry.path);
  }

  #holdsKept(folder: string): boolean {
    if (!this.#ignore.mayKeepBelow(folder)) return false;
    let isKept = this.#kept.get(folder);
    if (isKept === undefined) {
      const names = this.#tree.readdir(folder) ?? [];
      isKept = names.some((name) => this.stat(below(folder, name), { followLinks: false }) !== undefined);
      this.#kept.set(folder, isKept);
    }
    return isKept;
  }
}

function below(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
