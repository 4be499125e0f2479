import assert from "node:assert/strict";
import { test } from "node:test";
import { LayerIndex, LayerScanner, writeTar } from "#archive";
import type { TarInput } from "#archive";
import { LayerTree } from "./layer-tree.ts";
import { treeChanges } from "./tree-changes.ts";

type Files = Readonly<Record<string, string>>;

/** `->x` is a symlink, `=x` another name of x, a path that ends in `/` a directory; anything else is a file. */
async function indexOf(files: Files): Promise<LayerIndex> {
  const scanner = new LayerScanner();
  const inputs = Object.entries(files).map(([path, text]): TarInput => {
    if (path.endsWith("/")) return { header: { path, type: "directory", mode: 0o755 } };
    if (text.startsWith("->")) return { header: { path, type: "symlink", linkPath: text.slice(2), mode: 0o777 } };
    if (text.startsWith("=")) return { header: { path, type: "hardlink", linkPath: text.slice(1), mode: 0o644 } };
    return { header: { path, type: "file", size: text.length, mode: 0o644 }, body: Buffer.from(text) };
  });
  for await (const chunk of writeTar(inputs)) scanner.push(chunk);
  return LayerIndex.open(scanner.finish().index);
}

async function changes(base: readonly Files[], layers: readonly Files[]): Promise<string[]> {
  const all = await Promise.all([...base, ...layers].map(indexOf));
  const open = () => Promise.reject(new Error("nothing is read"));
  const before = base.length === 0 ? undefined : new LayerTree(all.slice(0, base.length), "before", open);
  const told: string[] = [];
  for await (const { header } of treeChanges(new LayerTree(all, "after", open), { before, firstLayer: base.length })) {
    told.push(`${header.type} ${header.path}${header.linkPath === undefined ? "" : ` ${header.linkPath}`}`);
  }
  return told;
}

const BASE: Files = { "d/": "", "d/a": "a", "d/b": "b", "e/": "", "e/f": "f", g: "g", h: "->g" };

const CASES: readonly (readonly [name: string, layers: readonly Files[], expected: readonly string[]])[] = [
  ["what is new, without what is not", [{ "d/c": "c" }, { i: "i" }], ["file d/c", "file i"]],
  ["what is removed, as one marker for a whole directory", [{ ".wh.e": "" }, { "d/.wh.a": "" }], ["file d/.wh.a", "file .wh.e"]],
  [
    "nothing of what came and went",
    [
      { x: "x", "y/": "", "y/z": "z" },
      { ".wh.x": "", ".wh.y": "" },
    ],
    [],
  ],
  ["what came back, as new", [{ ".wh.g": "" }, { g: "g" }], ["file g"]],
  [
    "a directory that was emptied, with markers for what was in it",
    [{ "d/": "", "d/.wh..wh..opq": "", "d/b": "b" }],
    ["directory d", "file d/.wh.a", "file d/b"],
  ],
  [
    "a directory that became a file, and a file that became a directory",
    [{ e: "e" }, { ".wh.g": "" }, { "g/": "", "g/x": "x" }],
    ["file e", "directory g", "file g/x"],
  ],
  ["further names of a file, new ones of old files too", [{ n: "n", o: "=n" }, { q: "=g" }], ["file n", "hardlink o n", "file q"]],
  ["links", [{ h: "->d" }], ["symlink h d"]],
];

for (const [name, layers, expected] of CASES) {
  test(`treeChanges() tells ${name}`, async () => assert.deepEqual(await changes([BASE], layers), expected));
}

test("treeChanges() of nothing before tells everything", async () => {
  assert.deepEqual(await changes([], [BASE]), ["directory d", "file d/a", "file d/b", "directory e", "file e/f", "file g", "symlink h g"]);
});
