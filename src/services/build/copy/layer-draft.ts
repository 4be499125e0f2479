import { Pace } from "#async";
import { writeTar } from "#archive";
import type { LayerAttributes, TarEntryInput, TarInput, TarTime, TreeEntry } from "#archive";
import { invalidArgument } from "#errors";
import type { FileTree } from "../trees/file-tree.ts";
import { changedEntries } from "./changed-entries.ts";
import { sortInTurns } from "./sort-in-turns.ts";

/** Reads a file's bytes, exactly as many as its header says. */
export type ReadBody = () => AsyncIterable<Uint8Array>;

export interface DraftEntry {
  readonly header: TarEntryInput;
  readonly body?: ReadBody | undefined;
  /** The same for two names of one file. */
  readonly inode?: string | undefined;
  /** Other names of the same file are in the layer, too. */
  readonly isLinked?: boolean;
  /** There only because something below it is: made by nobody and changed by nobody. */
  readonly isImplied: boolean;
}

/** What is in the draft is in memory, a little more than a KiB each. */
const MAX_ENTRIES = 2_000_000;
const EPOCH: TarTime = { seconds: 0, nanoseconds: 0 };
const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

/** What a directory becomes that has to be made on the way to something. */
export interface NewDirectory extends Pick<LayerAttributes, "mode" | "uid" | "gid" | "mtime"> {
  /** What is there and of another kind gives way, as when an archive is unpacked. */
  readonly replaces?: boolean;
}

/** The layer that a step makes: what is put into a tree, on top of what is there already. */
export class LayerDraft {
  readonly #base: FileTree | undefined;
  readonly #entries = new Map<string, DraftEntry>();

  /** @param base the tree below; without it the layer is made as if there were nothing, as `--link` wants it. */
  constructor(base: FileTree | undefined) {
    this.#base = base;
  }

  /** What is at a path, in the draft or below it; links are not followed. */
  typeAt(path: string): TreeEntry["type"] | undefined {
    if (path === "") return "directory";
    const type = this.#entries.get(path)?.header.type;
    return (type === "hardlink" || type === "other" ? "file" : type) ?? this.#base?.stat(path, { followLinks: false })?.type;
  }

  /** Attributes of the directory at a path; undefined when there is none. */
  attributesAt(path: string): LayerAttributes | undefined {
    if (this.typeAt(path) !== "directory") return undefined;
    const {
      mode = 0o755,
      uid = 0,
      gid = 0,
      mtime = EPOCH,
      xattrs = NO_XATTRS,
    } = this.#entries.get(path)?.header ?? this.#base?.stat(path, { followLinks: false }) ?? {};
    return { mode, uid, gid, mtime, xattrs };
  }

  /** Makes a directory and those above it where they are missing. What is there keeps its attributes. */
  makeDirectory(path: string, missing: NewDirectory): void {
    if (path === "") return;
    const type = this.typeAt(path);
    const isReplaced = type !== undefined && type !== "directory";
    if (isReplaced && missing.replaces !== true) throw invalidArgument(`cannot copy to non-directory: /${path}`);
    if (this.#entries.has(path) && !isReplaced) return;
    refuseMarker(path);
    this.makeDirectory(parentOf(path), missing);
    const below = isReplaced ? undefined : this.#base?.stat(path, { followLinks: false });
    const { mode, uid, gid, mtime, xattrs } = below === undefined ? { ...missing, xattrs: undefined } : below;
    const header = { path, type: "directory", mode, uid, gid, mtime, ...(xattrs !== undefined && { xattrs }) } as const;
    this.#set(path, { header, isImplied: below !== undefined });
  }

  /** Sets a directory's attributes, made or found. */
  putDirectory(path: string, attributes: LayerAttributes, missing: NewDirectory): void {
    this.makeDirectory(path, missing);
    if (path !== "") this.#set(path, { header: { path, type: "directory", ...attributes }, isImplied: false });
  }

  /** Puts anything but a directory at a path, over whatever is there but a directory. */
  put(header: TarEntryInput, { body, inode, missing }: { body?: ReadBody; inode?: string; missing: NewDirectory }): void {
    const { path } = header;
    refuseMarker(path);
    if (this.typeAt(path) === "directory") this.#makeWay(path, missing);
    this.makeDirectory(parentOf(path), missing);
    this.#set(path, { header, body, inode, isImplied: false });
  }

  /** Says what was put, for a cache: everything but times and what merely had to be there. */
  async *content(): AsyncGenerator<string | Uint8Array> {
    for await (const { header, body, isImplied } of this.#linked()) {
      if (isImplied) continue;
      yield describeEntry(header);
      if (body !== undefined) yield* body();
    }
  }

  /**
   * The layer: what changes something, in order of names, a directory before what is in it, further names of a file as links
   * to the first, whole seconds.
   */
  async *tar(): AsyncGenerator<Uint8Array> {
    yield* writeTar(this.#inputs());
  }

  #set(path: string, entry: DraftEntry): void {
    if (this.#entries.size === MAX_ENTRIES) throw invalidArgument(`cannot put more than ${MAX_ENTRIES} files into one layer`);
    this.#entries.set(path, entry);
  }

  #makeWay(path: string, { replaces = false }: NewDirectory): void {
    if (!replaces || path === "") throw invalidArgument(`cannot replace to directory /${path} with file`);
    for (const other of this.#entries.keys()) {
      if (other.startsWith(`${path}/`)) this.#entries.delete(other);
    }
  }

  async *#inputs(): AsyncGenerator<TarInput> {
    const pace = new Pace();
    for await (const { header, body } of this.#base === undefined ? this.#linked() : changedEntries(this.#linked(), this.#base)) {
      if (pace.isDue) await pace.rest();
      const { seconds } = header.mtime ?? EPOCH;
      yield { header: { ...header, mtime: { seconds, nanoseconds: 0 } }, body: body?.() };
    }
  }

  async *#linked(): AsyncGenerator<DraftEntry> {
    const pace = new Pace();
    const seen = new Set<string>();
    const shared = new Set<string>();
    const entries = await this.#inOrder();
    for (const { inode } of entries) {
      if (pace.isDue) await pace.rest();
      if (inode === undefined) continue;
      if (seen.has(inode)) shared.add(inode);
      else seen.add(inode);
    }
    seen.clear();
    const names = new Map<string, string>();
    for (const entry of entries) {
      const { header, inode, isImplied } = entry;
      if (inode === undefined || !shared.has(inode)) {
        yield entry;
        continue;
      }
      const first = names.get(inode);
      if (first !== undefined) yield { header: { ...header, type: "hardlink", linkPath: first, size: 0 }, isImplied };
      else {
        names.set(inode, header.path);
        yield { ...entry, isLinked: true };
      }
    }
  }

  async #inOrder(): Promise<readonly DraftEntry[]> {
    const pace = new Pace();
    const keyed: { key: string; entry: DraftEntry }[] = [];
    for (const [path, entry] of this.#entries) {
      if (pace.isDue) await pace.rest();
      keyed.push({ key: path.replaceAll("/", "\0"), entry });
    }
    const sorted = await sortInTurns(keyed, (a, b) => a.key < b.key);
    return sorted.map(({ entry }) => entry);
  }
}

/** With such names a layer says what it removes, so that nothing in it can have one. */
function refuseMarker(path: string): void {
  if (path.startsWith(".wh.", path.lastIndexOf("/") + 1)) {
    throw invalidArgument(`cannot store /${path}: a name that begins with ".wh." stands for something that a layer removes`);
  }
}

/** Everything of an entry but its bytes and its time. */
export function describeEntry({ path, type, mode, uid, gid, size, linkPath, devMajor, devMinor, xattrs }: TarEntryInput): string {
  const attributes = [...(xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString("hex")]);
  return JSON.stringify([path, type, mode, uid, gid, size, linkPath, devMajor, devMinor, attributes]);
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
