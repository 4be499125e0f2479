import { invalidArgument } from "#errors";
import { cleanPath } from "../values/clean-path.ts";
import { trim } from "../values/whitespace.ts";
import { PathPattern } from "./path-pattern.ts";

/** Generated lists of what a context holds run into thousands, not into more. */
const MAX_PATTERNS = 16384;
const MAX_FILE_SIZE = 1024 * 1024;

/** What a `.dockerignore` or `--exclude` leaves out. Paths have no slash at either end; the root is never left out. */
export interface Ignore {
  ignores(path: string): boolean;
  /** Whether something below a folder that is left out may still be kept: walks need not enter the others. */
  mayKeepBelow(folder: string): boolean;
  /** Some pattern begins with `!`. */
  readonly hasExceptions: boolean;
}

/** @throws invalid-argument in Docker's words for a pattern that is none. */
export function createIgnore(text: string): Ignore {
  if (text.length > MAX_FILE_SIZE) {
    throw invalidArgument(`cannot read .dockerignore: ${text.length} characters, expected at most ${MAX_FILE_SIZE}`);
  }
  return createExcludes(readPatterns(text));
}

/** The patterns of `--exclude`, relative to the folder that is copied. */
export function createExcludes(patterns: readonly string[]): Ignore {
  if (patterns.length > MAX_PATTERNS) {
    throw invalidArgument(`cannot exclude by ${patterns.length} patterns, expected at most ${MAX_PATTERNS}`);
  }
  return new PatternList(patterns.flatMap((pattern) => toRule(pattern) ?? []));
}

/**
 * Which of the two files that a build is made from its `COPY .` must not see: both always belong to the context, and
 * are hidden only afterwards.
 */
export function hiddenBuildFiles(ignore: Ignore, dockerfile: string): readonly string[] {
  return [".dockerignore", cleanPath(dockerfile)].filter((path) => ignore.ignores(path));
}

/** Comments begin in the first column; a leading slash means nothing, as every path begins at the root. */
function readPatterns(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\ufeff/, "").split("\n")) {
    const pattern = trim(line);
    if (line.startsWith("#") || pattern === "") continue;
    const isException = pattern.startsWith("!");
    const path = isException ? trim(pattern.slice(1)) : pattern;
    patterns.push((isException ? "!" : "") + (path === "" ? "" : fromRoot(cleanPath(path))));
  }
  return patterns;
}

function fromRoot(path: string): string {
  return path.length > 1 && path.startsWith("/") ? path.slice(1) : path;
}

interface Rule {
  readonly pattern: PathPattern;
  /** `!`: keeps again what a rule before it left out. */
  readonly isException: boolean;
}

function toRule(text: string): Rule | undefined {
  const trimmed = trim(text);
  if (trimmed === "") return undefined;
  const pattern = cleanPath(trimmed);
  if (pattern === "!") throw invalidArgument('illegal exclusion pattern: "!"');
  const isException = pattern.startsWith("!");
  return { pattern: new PathPattern(isException ? pattern.slice(1) : pattern), isException };
}

/** What was found of one path: which rules hold for all below it, too, and whether it is left out. */
interface Verdict {
  readonly path: string;
  readonly holds: Uint8Array;
  readonly isIgnored: boolean;
}

class PatternList implements Ignore {
  readonly #rules: readonly Rule[];
  readonly #exceptions: readonly PathPattern[];
  /** The path asked for last and its parents, outermost first: walks ask for one neighbour after the other. */
  readonly #trail: Verdict[] = [];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.#exceptions = rules.flatMap(({ pattern, isException }) => (isException ? [pattern] : []));
  }

  get hasExceptions(): boolean {
    return this.#exceptions.length > 0;
  }

  ignores(path: string): boolean {
    if (path === "" || path === "." || this.#rules.length === 0) return false;
    let verdict: Verdict | undefined;
    for (let depth = 0, end = 0; end < path.length; depth += 1) {
      const slash = path.indexOf("/", end + 1);
      end = slash === -1 ? path.length : slash;
      verdict = this.#at(depth, path.slice(0, end), verdict);
    }
    return verdict?.isIgnored ?? false;
  }

  mayKeepBelow(folder: string): boolean {
    return this.#exceptions.some((pattern) => pattern.mayMatchBelow(folder));
  }

  #at(depth: number, path: string, parent: Verdict | undefined): Verdict {
    const known = this.#trail[depth];
    if (known?.path === path) return known;
    const verdict = this.#judge(path, parent);
    this.#trail.length = depth;
    this.#trail.push(verdict);
    return verdict;
  }

  /** A rule is only asked where it could change the answer, and what it was not asked it does not pass on: as Docker. */
  #judge(path: string, parent: Verdict | undefined): Verdict {
    const holds = new Uint8Array(this.#rules.length);
    let isIgnored = false;
    for (const [index, { pattern, isException }] of this.#rules.entries()) {
      const isInherited = parent?.holds[index] === 1;
      if (!isInherited && (isException !== isIgnored || !pattern.matches(path))) continue;
      holds[index] = 1;
      isIgnored = !isException;
    }
    return { path, holds, isIgnored };
  }
}
