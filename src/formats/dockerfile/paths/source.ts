import { createGlob } from "#oci";
import { cleanPath } from "../values/clean-path.ts";
import { PathPattern } from "./path-pattern.ts";

/** A source of COPY or ADD that is a path. */
export interface Source {
  /** Where it is, or where what `matches` finds lies below; cleaned, without leading slash: empty is the root. */
  readonly base: string;
  /**
   * Only with wildcards: whether a path below `base`, relative to it, is meant. Nothing below a match is looked at,
   * and no match at all is no mistake. Symbolic links in `base` are the caller's.
   */
  readonly matches?: (path: string) => boolean;
}

/** Wildcards are Go's `path.Match`. `..` stays inside the root; without wildcards a backslash is a character. */
export function parseSource(source: string): Source {
  const parts = cleanPath(`/${source}`).slice(1).split("/");
  const wild = parts.findIndex(hasWildcard);
  if (wild === -1) return { base: parts.join("/") };
  return { base: parts.slice(0, wild).join("/"), matches: createGlob(parts.slice(wild).join("/")) };
}

/** A source of `COPY --parents`: its path from `root` on is kept below the destination. */
export interface ParentsSource {
  /** What comes before `/./`, or the root of the context. */
  readonly root: Source;
  /** Whether a path below `root` is meant, alone or with a folder it lies in. */
  includes(path: string): boolean;
  /** Whether something below a folder that is not included may be. */
  mayIncludeBelow(folder: string): boolean;
  /** Without wildcards: the path below `root` that must be there. */
  readonly required?: string;
}

export function parseParentsSource(source: string): ParentsSource {
  const pivot = source.indexOf("/./");
  const root = parseSource(pivot === -1 ? "" : source.slice(0, pivot));
  const path = cleanPath(`/${pivot === -1 ? source : source.slice(pivot + 3)}`).slice(1);
  if (path === "") return { root, includes: () => true, mayIncludeBelow: () => true };
  const pattern = new PathPattern(path);
  return {
    root,
    includes: (candidate) => prefixes(candidate).some((prefix) => pattern.matches(prefix)),
    mayIncludeBelow: (folder) => pattern.mayMatchBelow(folder),
    ...(!hasWildcard(path) && { required: path }),
  };
}

/** The path itself and every folder it lies in, outermost first. */
function prefixes(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function hasWildcard(text: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*[*?[]/.test(text);
}
