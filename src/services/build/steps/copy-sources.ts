import { parseParentsSource, parseSource } from "#dockerfile";
import type { FileTree } from "../trees/file-tree.ts";
import { copyPath, copyWithParents, joinPath } from "../copy/copy-tree.ts";
import type { Placing } from "../copy/copy-tree.ts";

/** Copies what the words of a COPY or ADD mean in a tree. Wildcards that match nothing copy nothing. */
export async function copySource(tree: FileTree, words: string, placing: Placing): Promise<void> {
  for (const path of matchSource(tree, words)) await copyPath(tree, path.path, path.name, placing);
}

export interface MatchedSource {
  readonly path: string;
  /** Its last part, as it was written or found, names the copy of a file. */
  readonly name: string;
}

/** Where the words lead, in the order of names. */
export function matchSource(tree: FileTree, words: string): readonly MatchedSource[] {
  const { base, matches } = parseSource(words);
  if (matches === undefined) return [{ path: base, name: base === "" ? words : base }];
  const depth = words.split("/").length;
  return [...walk(tree, base, (relative) => (matches(relative) ? "take" : relative.split("/").length < depth ? "enter" : "leave"))];
}

/** `--parents`: what is meant keeps its path below the destination. */
export async function copyParents(tree: FileTree, words: string, placing: Placing): Promise<void> {
  const source = parseParentsSource(words);
  const { root, required } = source;
  const roots = root.matches === undefined ? [{ path: root.base, name: root.base }] : matchRoots(tree, root.base, root.matches);
  for (const { path } of roots) {
    if (required !== undefined && tree.stat(joinPath(path, required)) === undefined) throw placing.missing(words);
    const judge = (relative: string): Judgement =>
      source.includes(relative) ? "take" : source.mayIncludeBelow(relative) ? "enter" : "leave";
    const found = source.includes("") ? [{ path, name: "" }] : [...walk(tree, path, judge)];
    for (const { path: at } of found) {
      const relative = path === "" ? at : at.slice(path.length + 1);
      if (relative === "") await copyPath(tree, path, path, placing);
      else await copyWithParents(tree, at, relative, placing);
    }
  }
}

type Judgement = "take" | "enter" | "leave";

/** Goes down from a directory; what is taken is not entered. */
function* walk(tree: FileTree, base: string, judge: (relative: string) => Judgement): Generator<MatchedSource> {
  const start = tree.stat(base);
  if (start?.type !== "directory") return;
  const waiting = [""];
  for (let relative = waiting.pop(); relative !== undefined; relative = waiting.pop()) {
    const deeper: string[] = [];
    for (const name of tree.readdir(joinPath(start.path, relative)) ?? []) {
      const path = joinPath(relative, name);
      const judgement = judge(path);
      if (judgement === "take") yield { path: joinPath(start.path, path), name };
      else if (judgement === "enter" && isDirectory(tree, joinPath(start.path, path))) deeper.push(path);
    }
    waiting.push(...deeper.reverse());
  }
}

function matchRoots(tree: FileTree, base: string, matches: (path: string) => boolean): readonly MatchedSource[] {
  return [...walk(tree, base, (relative) => (matches(relative) ? "take" : "enter"))];
}

function isDirectory(tree: FileTree, path: string): boolean {
  return tree.stat(path, { followLinks: false })?.type === "directory";
}
