import type { BuildResult, ComparedEntry } from "./build-result.ts";

type Tree = Map<string, ComparedEntry>;

const OPAQUE = ".wh..wh..opq";

/** What a process would see of an image's files: the layers upon each other, with the attributes of a link's file in the link's place. */
export function mergedTree({ base, layers }: BuildResult, bases: ReadonlyMap<string, BuildResult["layers"][number]>): object {
  const tree: Tree = new Map(Object.entries(bases.get(base ?? "") ?? {}));
  for (const layer of layers) apply(tree, Object.entries(layer));
  return Object.fromEntries([...tree].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function apply(tree: Tree, entries: readonly (readonly [string, ComparedEntry])[]): void {
  for (const [path] of entries) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const name = path.slice(folder.length);
    if (name === OPAQUE) removeBelow(tree, folder);
    else if (name.startsWith(".wh.")) remove(tree, `${folder}${name.slice(".wh.".length)}`);
  }
  for (const [path, entry] of entries) {
    if (path.slice(path.lastIndexOf("/") + 1).startsWith(".wh.")) continue;
    if (entry.type !== "directory") removeBelow(tree, `${path}/`);
    if (entry.type !== "hardlink") tree.set(path, entry);
  }
  for (const [path, { type, link = "" }] of entries) {
    const file = tree.get(link.replace(/^\//, ""));
    if (type !== "hardlink") continue;
    if (file === undefined) throw new Error(`${path} is a link to ${link}, which is not there`);
    tree.set(path, file);
  }
}

function remove(tree: Tree, path: string): void {
  tree.delete(path);
  removeBelow(tree, `${path}/`);
}

function removeBelow(tree: Tree, prefix: string): void {
  for (const path of tree.keys()) if (path.startsWith(prefix)) tree.delete(path);
}
