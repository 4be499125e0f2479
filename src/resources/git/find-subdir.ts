import { internal } from "#errors";
import type { TreeFile } from "./tree-line.ts";

/** Longer chains of links are a circle. */
const MAX_LINKS = 255;

export interface FoundFile {
  readonly type: TreeFile["type"];
  /** The target, when it is a symlink. */
  readLink(): Promise<string>;
}

export interface WholeTree {
  /** What is at a path of the whole tree, submodules included. */
  find(path: string): FoundFile | undefined;
}

/**
 * Resolves a directory in the tree, link by link, with the tree's root as `/`: nothing leads out of it. The root is "".
 *
 * @throws internal, in Docker's words, when there is no such directory.
 */
export async function findSubdir(tree: WholeTree, subdir: string): Promise<string> {
  const found: string[] = [];
  const waiting = subdir.split("/").reverse();
  let links = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      found.pop();
      continue;
    }
    const file = tree.find([...found, name].join("/"));
    if (file?.type === "directory" || file?.type === "submodule") found.push(name);
    else if (file?.type === "symlink") {
      links += 1;
      if (links > MAX_LINKS) throw internal(`error setting git context, ${JSON.stringify(subdir)} not within git root: too many links`);
      const target = await file.readLink();
      if (target.startsWith("/")) found.length = 0;
      waiting.push(...target.split("/").reverse());
    } else {
      const isMissing = file === undefined;
      throw internal(isMissing ? `stat ${subdir}: no such file or directory` : `error setting git context, not a directory: ${subdir}`);
    }
  }
  return found.join("/");
}
