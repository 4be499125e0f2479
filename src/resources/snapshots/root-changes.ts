import type { BigIntStats } from "node:fs";
import { decodeName, encodeName } from "#archive";
import type { TarTime, TreeEntry, TreeView } from "#archive";
import { HeldDirectory } from "#disk";
import { throwIfAborted } from "#errors";

export interface RootChange {
  /** Absolute. */
  readonly path: string;
  readonly kind: "modified" | "added" | "deleted";
}

export interface ChangedRoot {
  /** The directory that takes the changes, and what it looks like from above. */
  readonly upper: string;
  readonly root: string;
  /** What is below: the layers, and what lies between them and the changes. */
  readonly view: TreeView;
  readonly between: string;
}

const CHAR_DEVICE = 0o020000n;
const KINDS = 0o170000n;

/**
 * What a container changed, by Docker's rules: what differs in kind, permissions or owner, and but for directories in
 * size or time; of what is new everything, of what is gone only the top; directories in which something changed. Sorted
 * by path. Something may be running in there.
 */
export async function rootChanges(changed: ChangedRoot, signal?: AbortSignal): Promise<readonly RootChange[]> {
  await using opened = new AsyncDisposableStack();
  const open = async (path: string): Promise<HeldDirectory> => opened.use(await HeldDirectory.open(path));
  const [upper, merged, between] = [await open(changed.upper), await open(changed.root), await open(changed.between)];
  const walk = new ChangesWalk(changed.view, signal);
  await walk.directory({ path: "", upper, merged, between, isNew: false });
  return walk.changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Folder {
  /** Without its first slash. */
  readonly path: string;
  readonly upper: HeldDirectory;
  readonly merged: HeldDirectory | undefined;
  readonly between: HeldDirectory | undefined;
  /** Nothing from below shows. */
  readonly isNew: boolean;
}

/** What is looked at in one go: many calls that each take a moment. */
const AT_ONCE = 64;

/** A name in a folder. */
interface Named {
  readonly name: Buffer;
  readonly path: string;
  readonly stat: BigIntStats;
  /** Something of that name lies between. */
  readonly isBetween: boolean;
}

/** What lies below, as far as it is compared. */
type Below = { readonly isDirectory: boolean; readonly mode: bigint; readonly uid: number; readonly gid: number } & {
  readonly size: number;
  readonly mtime: TarTime;
  readonly device: bigint | undefined;
};

class ChangesWalk {
  readonly changes: RootChange[] = [];
  readonly #view: TreeView;
  readonly #signal: AbortSignal | undefined;

  constructor(view: TreeView, signal: AbortSignal | undefined) {
    this.#view = view;
    this.#signal = signal;
  }

  async directory(folder: Folder): Promise<void> {
    const between = new Set(((await folder.between?.names()) ?? []).map(decodeName));
    const names = await folder.upper.names();
    for (let first = 0; first < names.length; first += AT_ONCE) {
      throwIfAborted(this.#signal);
      const some = names.slice(first, first + AT_ONCE);
      const stats = await Promise.all(some.map((name) => folder.upper.stat(name)));
      for (const [index, name] of some.entries()) {
        const stat = stats[index];
        if (stat === undefined || isWhiteout(stat)) continue;
        const text = decodeName(name);
        const path = folder.path === "" ? text : `${folder.path}/${text}`;
        await this.#entry(folder, { name, path, stat, isBetween: between.has(text) });
      }
    }
    if (!folder.isNew) await this.#findDeleted(folder, between);
  }

  async #entry(folder: Folder, named: Named): Promise<void> {
    const { name, path, stat } = named;
    const below = folder.isNew ? undefined : await this.#below(folder, named);
    const before = this.changes.length;
    if (stat.isDirectory()) {
      await using opened = new AsyncDisposableStack();
      const enter = async (parent: HeldDirectory | undefined): Promise<HeldDirectory | undefined> => {
        const directory = await parent?.enter(name).catch(() => undefined);
        return directory && opened.use(directory);
      };
      const [upper, merged, between] = [await enter(folder.upper), await enter(folder.merged), await enter(folder.between)];
      if (upper !== undefined) await this.directory({ path, upper, merged, between, isNew: below?.isDirectory !== true });
    }
    if (below === undefined) this.#add(path, "added");
    else if (differs(stat, below) || this.changes.length > before) this.#add(path, "modified");
  }

  /** Names below that do not show any more, whatever it is that hides them. */
  async #findDeleted({ path, merged }: Folder, between: ReadonlySet<string>): Promise<void> {
    if (merged === undefined) return;
    const shown = new Set((await merged.names()).map(decodeName));
    const below = new Set([...(this.#view.readdir(path) ?? []), ...between]);
    for (const name of below) if (!shown.has(name)) this.#add(path === "" ? name : `${path}/${name}`, "deleted");
  }

  async #below({ between }: Folder, { name, path, isBetween }: Named): Promise<Below | undefined> {
    const made = isBetween ? await between?.stat(name) : undefined;
    const entry = this.#view.stat(path, { followLinks: false });
    if (made !== undefined && !(made.isDirectory() && entry?.type === "directory")) return belowOf(made);
    return entry && entryBelow(entry);
  }

  #add(path: string, kind: RootChange["kind"]): void {
    this.changes.push({ path: `/${path}`, kind });
  }
}

function isWhiteout({ mode, rdev }: BigIntStats): boolean {
  return (mode & KINDS) === CHAR_DEVICE && rdev === 0n;
}

function differs(stat: BigIntStats, below: Below): boolean {
  const isOther = stat.mode !== below.mode || Number(stat.uid) !== below.uid || Number(stat.gid) !== below.gid;
  if (isOther || stat.isDirectory()) return isOther;
  if (below.device !== undefined && below.device !== stat.rdev) return true;
  return !isSameTime(timeOf(stat), below.mtime) || Number(stat.size) !== below.size;
}

/** Of times without a fraction it is not known whether they had one. */
function isSameTime(one: TarTime, other: TarTime): boolean {
  const isPlain = one.nanoseconds === 0 || other.nanoseconds === 0;
  return one.seconds === other.seconds && (isPlain || one.nanoseconds === other.nanoseconds);
}

function timeOf({ mtimeNs }: BigIntStats): TarTime {
  return { seconds: Number(mtimeNs / 1_000_000_000n), nanoseconds: Number(mtimeNs % 1_000_000_000n) };
}

function belowOf(stat: BigIntStats): Below {
  const { mode, uid, gid, size } = stat;
  return {
    isDirectory: stat.isDirectory(),
    mode,
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    mtime: timeOf(stat),
    device: undefined,
  };
}

const KIND_OF: Readonly<Record<TreeEntry["type"], bigint>> = {
  file: 0o100000n,
  directory: 0o040000n,
  symlink: 0o120000n,
  "char-device": CHAR_DEVICE,
  "block-device": 0o060000n,
  fifo: 0o010000n,
};

function entryBelow(entry: TreeEntry): Below {
  const { type, uid, gid, mtime } = entry;
  // The kernel has no permissions for symlinks, whatever a layer says.
  const mode = KIND_OF[type] | (type === "symlink" ? 0o777n : BigInt(entry.mode));
  const size = type === "file" ? entry.size : type === "symlink" ? encodeName(entry.linkPath).byteLength : 0;
  const device = type === "char-device" || type === "block-device" ? deviceOf(entry.devMajor, entry.devMinor) : undefined;
  return { isDirectory: type === "directory", mode, uid, gid, size, mtime, device };
}

/** As Linux packs it. */
function deviceOf(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (low & 0xffn) | ((high & 0xfffn) << 8n) | ((low & ~0xffn) << 12n) | ((high & ~0xfffn) << 32n);
}
