import type { BigIntStats } from "node:fs";
import { basename, dirname } from "node:path";
import { decodeName, encodeName } from "#archive";
import { HeldDirectory } from "#disk";

/** Something mounted in a root, as a process in there sees it. */
export interface RootMount {
  /** Absolute, in the root. */
  readonly target: string;
  /** On the machine. */
  readonly source: string;
  readonly isReadonly: boolean;
  readonly isFile: boolean;
}

/** Why a path leads nowhere; an endless link is itself what was looked for. */
export type LookupFailure = "missing" | "not a directory" | "too many links" | "endless link" | "name too long";

/** Where a path leads. It is held until the walk is disposed of. */
export interface Found {
  /** Names from the top, links resolved; empty for the top itself. */
  readonly path: string;
  readonly stat: BigIntStats;
  /** Undefined for anything but a directory. */
  readonly directory: HeldDirectory | undefined;
  /** Where its name is looked up; undefined for the top, and for a directory that is mounted. */
  readonly parent: HeldDirectory | undefined;
  readonly name: Buffer;
  /** What it lies in, when that is not the root's own. */
  readonly mount: RootMount | undefined;
}

export interface Missed {
  readonly failure: LookupFailure;
  /** As far as it leads, and from there as it is written. */
  readonly path: string;
}

export interface WalkOptions {
  /** Whether a link that is the last of the path counts as what it leads to. */
  readonly followLast: boolean;
  /** Called for a directory that is missing on the way, or at the end; it may make it. */
  readonly onMissing?: (parent: HeldDirectory, name: Buffer) => Promise<void>;
}

interface Step {
  readonly path: string;
  readonly directory: HeldDirectory;
  readonly mount: RootMount | undefined;
}

/** Go's own limit. */
const MAX_LINKS = 255;

/** Linux's, in bytes, whatever the file system. */
const MAX_NAME = 255;

/** Paths below a directory that is the top of everything: `..` and links do not lead above it. */
export class Walk implements AsyncDisposable {
  readonly #held = new AsyncDisposableStack();
  readonly #top: HeldDirectory;
  /** By path without its first slash. */
  readonly #mounts: ReadonlyMap<string, RootMount>;

  constructor(top: HeldDirectory, mounts: ReadonlyMap<string, RootMount>) {
    this.#top = top;
    this.#mounts = mounts;
  }

  async find(path: string, { followLast, onMissing }: WalkOptions): Promise<Found | Missed> {
    const trail: Step[] = [{ path: "", directory: this.#top, mount: this.#mounts.get("") }];
    const names = path.split("/").reverse();
    let last: Found | undefined;
    let links = 0;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const at = trail.at(-1);
      if (at === undefined) break;
      if (last !== undefined) return { failure: "not a directory", path: joined(last.path, [name, ...names.reverse()].join("/")) };
      if (name === "" || name === ".") continue;
      if (name === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      const bytes = Buffer.from(encodeName(name));
      const place = joined(at.path, name);
      if (bytes.length > MAX_NAME) return { failure: "name too long", path: place };
      const mount = this.#mounts.get(place);
      if (mount !== undefined) {
        const found = await this.#mounted(place, mount);
        if (found === undefined) return { failure: "missing", path: place };
        if (found.directory === undefined) last = found;
        else trail.push({ path: place, directory: found.directory, mount });
        continue;
      }
      const target = followLast || names.length > 0 ? await at.directory.readlink(bytes) : undefined;
      if (target !== undefined) {
        if (++links > MAX_LINKS) return { failure: "too many links", path: place };
        const text = decodeName(target);
        if (text.startsWith("/")) trail.length = 1;
        names.push(...text.split("/").reverse());
        continue;
      }
      const stat = (await at.directory.stat(bytes)) ?? (await made(at.directory, bytes, onMissing));
      if (stat === undefined) return { failure: "missing", path: joined(place, clean(names)) };
      if (stat.isDirectory()) trail.push({ path: place, directory: this.#held.use(await at.directory.enter(bytes)), mount: at.mount });
      else last = { path: place, stat, directory: undefined, parent: at.directory, name: bytes, mount: at.mount };
    }
    return last ?? (await foundDirectory(trail));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#held.disposeAsync();
  }

  async #mounted(path: string, mount: RootMount): Promise<Found | undefined> {
    const name = Buffer.from(basename(mount.source));
    if (!mount.isFile) {
      const directory = this.#held.use(await HeldDirectory.open(mount.source));
      const stat = await directory.stat();
      return stat && { path, stat, directory, parent: undefined, name, mount };
    }
    const parent = this.#held.use(await HeldDirectory.open(dirname(mount.source)));
    const stat = await parent.stat(name);
    return stat && { path, stat, directory: undefined, parent, name, mount };
  }
}

async function foundDirectory(trail: readonly Step[]): Promise<Found | Missed> {
  const step = trail.at(-1);
  const stat = await step?.directory.stat();
  if (step === undefined || stat === undefined) return { failure: "missing", path: step?.path ?? "" };
  const name = Buffer.from(encodeName(step.path.slice(step.path.lastIndexOf("/") + 1)));
  const parent = trail.at(-2)?.mount === step.mount ? trail.at(-2)?.directory : undefined;
  return { path: step.path, stat, directory: step.directory, parent, name, mount: step.mount };
}

async function made(parent: HeldDirectory, name: Buffer, onMissing: WalkOptions["onMissing"]): Promise<BigIntStats | undefined> {
  if (onMissing === undefined) return undefined;
  try {
    await onMissing(parent, name);
  } catch (error) {
    // Somebody else has made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return parent.stat(name);
}

/** What is left to walk, as far as words go. */
function clean(names: readonly string[]): string {
  const kept: string[] = [];
  for (const name of [...names].reverse()) {
    if (name === "..") kept.pop();
    else if (name !== "" && name !== ".") kept.push(name);
  }
  return kept.join("/");
}

export function joined(parent: string, name: string): string {
  if (name === "") return parent;
  return parent === "" ? name : `${parent}/${name}`;
}
