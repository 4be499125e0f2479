import { posix } from "node:path";
import { writeTar } from "#archive";
import type { TarInput, TarTime } from "#archive";
import { HeldDirectory } from "#disk";
import { readTree } from "./read-tree.ts";
import { Walk } from "./walk.ts";
import type { Found, LookupFailure, Missed, RootMount, WalkOptions } from "./walk.ts";
import { Extraction } from "./extract.ts";
import type { ExtractOptions } from "./extract.ts";

export type { LookupFailure, RootMount } from "./walk.ts";

/** What is to be known of a path. */
export interface PathStat {
  /** As the path was written: `.` for one that ends so. */
  readonly name: string;
  readonly size: number;
  /** As the kernel has it, with the kind of file. */
  readonly mode: number;
  readonly mtime: TarTime;
  /** Where a link leads in the end, or as far as it leads; empty for what is none. */
  readonly linkTarget: string;
}

export type Lookup<T> = { readonly failure: LookupFailure } | { readonly failure?: undefined; readonly value: T };

/** A directory of a root that files are put into. */
export interface Target {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** What it lies in, when that is not the root's own. */
  readonly mount: RootMount | undefined;
  /** Puts in there what a tar holds, by Docker's rules. */
  extract(tar: AsyncIterable<Uint8Array>, options: ExtractOptions): Promise<void>;
}

/** The files of one root, with what is mounted in it. */
export class RootFiles implements AsyncDisposable {
  readonly #top: HeldDirectory;
  /** Where they really are, by path without its first slash. */
  readonly #mounts: Map<string, RootMount>;

  private constructor(top: HeldDirectory, mounts: Map<string, RootMount>) {
    this.#top = top;
    this.#mounts = mounts;
  }

  /** @param root where it is mounted, by a path that is nobody else's. */
  static async open(root: string, mounts: readonly RootMount[]): Promise<RootFiles> {
    const files = new RootFiles(await HeldDirectory.open(root), new Map());
    const depth = ({ target }: RootMount): number => target.split("/").length;
    for (const mount of mounts.toSorted((a, b) => depth(a) - depth(b))) {
      const { path } = await files.#withPlace(mount.target, { followLast: true }, (found) => Promise.resolve(found));
      files.#mounts.set(path, mount);
    }
    return files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#top[Symbol.asyncDispose]();
  }

  /** Of the path itself: a link is a link, unless a slash follows it. */
  async stat(path: string): Promise<Lookup<PathStat>> {
    const place = absolute(path);
    return this.#withPlace(place, { followLast: false }, async (found) => {
      if (isMissed(found)) return found;
      const { size, mode, mtimeNs } = found.stat;
      const isLink = found.stat.isSymbolicLink();
      const target = isLink ? await this.#withPlace(place, { followLast: true }, (end) => Promise.resolve(end)) : undefined;
      if (target !== undefined && isMissed(target) && target.failure === "too many links") return { failure: "endless link" };
      const mtime = { seconds: Number(mtimeNs / NANO), nanoseconds: Number(mtimeNs % NANO) };
      const linkTarget = target === undefined ? "" : `/${target.path}`;
      return { value: { name: baseOf(place), size: Number(size), mode: Number(mode), mtime, linkTarget } };
    });
  }

  /** The tar of a path and all below it, named as the path is. The path must have been there a moment ago. */
  async *read(path: string, options: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<Uint8Array, void> {
    const place = absolute(path);
    await using walk = new Walk(this.#top, this.#mounts);
    const found = await walk.find(place, { followLast: false });
    if (isMissed(found)) return yield* writeTar([]);
    yield* writeTar(this.#entries(found, baseOf(place), options));
  }

  /** Where a path leads, as a place to put something. */
  target<T>(path: string, use: (target: Target) => Promise<T>): Promise<Lookup<T>> {
    return this.#withPlace(absolute(path), { followLast: true }, async (found) => {
      if (isMissed(found)) return found;
      const { directory, mount } = found;
      const extract: Target["extract"] = async (tar, options) => {
        if (directory === undefined) return;
        await using extraction = new Extraction(directory, this.#mountsFrom(found), options);
        await extraction.run(tar);
      };
      return { value: await use({ path: `/${found.path}`, isDirectory: directory !== undefined, mount, extract }) };
    });
  }

  async *#entries(found: Found, base: string, options: { readonly signal?: AbortSignal | undefined }): AsyncGenerator<TarInput, void> {
    const { directory, parent, name } = found;
    if (directory === undefined) {
      if (parent !== undefined) yield* readTree(parent, name, { ...options, rename: () => base });
      return;
    }
    const mounts = [...this.#mountsFrom(found)].filter(([path]) => path !== "");
    const isHidden = (path: string): boolean => mounts.some(([place]) => path === place || path.startsWith(`${place}/`));
    const rename = (path: string): string | undefined => (isHidden(path) ? undefined : below(base, path));
    yield* readTree(directory, undefined, { ...options, rename });
    await using walk = new Walk(directory, new Map(mounts));
    for (const [path, mount] of mounts) {
      // What a deeper one hides of this one.
      const deeper = mounts.flatMap(([place]) => (place.startsWith(`${path}/`) ? [place.slice(path.length + 1)] : []));
      const isBelowDeeper = (inner: string): boolean => deeper.some((place) => inner === place || inner.startsWith(`${place}/`));
      const mounted = await walk.find(path, { followLast: false });
      if (isMissed(mounted) || mounted.mount !== mount) continue;
      if (mounted.directory === undefined) {
        if (mounted.parent !== undefined) yield* readTree(mounted.parent, mounted.name, { ...options, rename: () => below(base, path) });
        continue;
      }
      const renameMounted = (inner: string): string | undefined =>
        isBelowDeeper(inner) ? undefined : below(base, inner === "" ? path : `${path}/${inner}`);
      yield* readTree(mounted.directory, undefined, { ...options, rename: renameMounted });
    }
  }

  /** What is mounted in a directory, itself included, by the path from there; those that hold others first. */
  #mountsFrom({ path }: Found): Map<string, RootMount> {
    const inside = [...this.#mounts].flatMap(([place, mount]): [string, RootMount][] => {
      if (path === "") return [[place, mount]];
      if (place === path) return [["", mount]];
      return place.startsWith(`${path}/`) ? [[place.slice(path.length + 1), mount]] : [];
    });
    return new Map(inside);
  }

  async #withPlace<T>(path: string, options: WalkOptions, use: (found: Found | Missed) => Promise<T>): Promise<T> {
    await using walk = new Walk(this.#top, this.#mounts);
    return await use(await walk.find(path, options));
  }
}

const NANO = 1_000_000_000n;

export function isMissed(found: Found | Missed): found is Missed {
  return "failure" in found;
}

/** As Go joins it to the root, by its words alone; a last slash or dot still says that a directory is meant. */
function absolute(path: string): string {
  const place = posix.join("/", path);
  if (/(?:^|\/)\.$/.test(path)) return place.endsWith("/") ? `${place}.` : `${place}/.`;
  return path.endsWith("/") && !place.endsWith("/") ? `${place}/` : place;
}

function baseOf(place: string): string {
  const trimmed = place.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

function below(base: string, path: string): string {
  if (path === "") return base;
  return base === "/" ? `/${path}` : `${base}/${path}`;
}
