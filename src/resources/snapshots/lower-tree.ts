import { lstat, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { TarHeader, TreeEntry, TreeView } from "#archive";
import { pathIn } from "./path-in.ts";

/** What is said of an entry, but for its name. */
export type Described = Pick<
  TarHeader,
  "type" | "mode" | "uid" | "gid" | "mtime" | "linkPath" | "size" | "devMajor" | "devMinor" | "xattrs"
>;

/** What a file holds, or where it lies. */
export type Contents = { readonly bytes: Uint8Array } | { readonly file: Buffer };

/** The layers that a process runs on: what their indexes say of it, and where they are unpacked. */
export class LowerTree {
  readonly #view: TreeView;
  readonly #directories: readonly string[];

  /** @param directories uppermost first. */
  constructor(view: TreeView, directories: readonly string[]) {
    this.#view = view;
    this.#directories = directories;
  }

  /** What is at a place whose parent is a directory in these layers, and no symlink to one. */
  stat(path: string): TreeEntry | undefined {
    return this.#view.stat(path, { followLinks: false });
  }

  /**
   * Whether a change is none: permissions, owner, time and contents are those of what lies here. Of a directory the time
   * does not count, which is another as soon as something in it changes. Contents are looked at as a last resort, as
   * BuildKit does: only where both times are whole seconds, as layers have them.
   *
   * @param changed of a file.
   */
  async isSame(header: Described, below: TreeEntry, changed: Contents): Promise<boolean> {
    if (!hasSameAttributes(header, below)) return false;
    if (header.type === "directory") return true;
    if (header.mtime.seconds !== below.mtime.seconds) return false;
    const place = await this.#find(below.path);
    if (place?.nanoseconds !== header.mtime.nanoseconds) return false;
    if (header.type !== "file" || place.nanoseconds !== 0 || header.size === 0) return true;
    return "bytes" in changed ? holds(place.file, changed.bytes) : hasSameContents(place.file, changed.file);
  }

  /**
   * The uppermost directory that has the name is the one that shows it. Nothing above it can be a symlink on the way,
   * for then the name would not be what the indexes say.
   */
  async #find(path: string): Promise<{ readonly file: Buffer; readonly nanoseconds: number } | undefined> {
    for (const directory of this.#directories) {
      const file = pathIn(directory, path);
      const found = await lstat(file, { bigint: true }).catch(() => undefined);
      if (found !== undefined) return { file, nanoseconds: Number(found.mtimeNs % 1_000_000_000n) };
    }
    return undefined;
  }
}

function hasSameAttributes(header: Described, below: TreeEntry): boolean {
  const { type, mode, uid, gid } = header;
  if (type !== below.type || uid !== below.uid || gid !== below.gid || !hasSameXattrs(header.xattrs, below.xattrs)) return false;
  switch (below.type) {
    case "symlink":
      return header.linkPath === below.linkPath;
    case "file":
      return mode === below.mode && header.size === below.size;
    case "char-device":
    case "block-device":
      return mode === below.mode && header.devMajor === below.devMajor && header.devMinor === below.devMinor;
    default:
      return mode === below.mode;
  }
}

function hasSameXattrs(changed: ReadonlyMap<string, Uint8Array>, below: ReadonlyMap<string, Uint8Array>): boolean {
  const names = [...changed.keys(), ...below.keys()].filter((name) => name === "security.capability" || name.startsWith("user."));
  return names.every((name) => {
    const [one, other] = [changed.get(name), below.get(name)];
    return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
  });
}

/** Of a file as long as the bytes. */
async function holds(path: Buffer, bytes: Uint8Array): Promise<boolean> {
  await using file = await open(path);
  return (await chunkAt(file, 0, bytes.byteLength)).equals(bytes);
}

const CHUNK = 256 * 1024;

/** Of two files of the same size. */
async function hasSameContents(...paths: readonly [Buffer, Buffer]): Promise<boolean> {
  await using one = await open(paths[0]);
  await using other = await open(paths[1]);
  const { size } = await one.stat();
  for (let at = 0; at < size; at += CHUNK) {
    const [a, b] = await Promise.all([chunkAt(one, at, size), chunkAt(other, at, size)]);
    if (!a.equals(b)) return false;
  }
  return true;
}

async function chunkAt(file: FileHandle, position: number, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size - position));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  return buffer.subarray(0, bytesRead);
}
