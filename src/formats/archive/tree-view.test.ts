import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { fileSegments } from "./file-segments.ts";
import type { FileSegment } from "./file-segments.ts";
import { encodeTarHeader, tarEnd } from "./encode-tar-header.ts";
import type { TarEntryInput } from "./encode-tar-header.ts";
import { LayerIndex } from "./layer-index.ts";
import { LayerScanner } from "./layer-scanner.ts";
import { TreeView } from "./tree-view.ts";

function file(path: string, mode = 0o644): TarEntryInput {
  return { path, type: "file", mode };
}

function directory(path: string, mode = 0o755): TarEntryInput {
  return { path, type: "directory", mode };
}

function link(path: string, linkPath: string): TarEntryInput {
  return { path, type: "symlink", linkPath };
}

function indexOf(entries: readonly TarEntryInput[]): LayerIndex {
  const scanner = new LayerScanner();
  for (const entry of entries) scanner.push(encodeTarHeader(entry));
  scanner.push(tarEnd());
  return LayerIndex.open(scanner.finish().index);
}

function viewOf(...layers: readonly (readonly TarEntryInput[])[]): TreeView {
  return new TreeView(layers.map(indexOf));
}

function paths(view: TreeView): string[] {
  return [...view.walk()].slice(1).map(({ path }) => path);
}

describe("TreeView", () => {
  const merges: readonly (readonly [name: string, layers: readonly (readonly TarEntryInput[])[], expected: readonly string[]])[] = [
    ["is an empty root without layers", [], []],
    ["lays layers over each other", [[file("a/x")], [file("a/y"), file("b")]], ["a", "a/x", "a/y", "b"]],
    ["hides what a whiteout names", [[file("a/x"), file("a/y")], [file("a/.wh.x")]], ["a", "a/y"]],
    ["hides a whole tree", [[file("a/b/c"), file("d")], [file(".wh.a")]], ["d"]],
    ["ignores a whiteout of nothing", [[file("a")], [file(".wh.b"), file("c/.wh.d")]], ["a", "c"]],
    [
      "keeps a layer's own entries beside its whiteouts, in either order",
      [
        [file("a/x"), file("b/x")],
        [file(".wh.a"), file("a/y"), file("b/y"), file(".wh.b")],
      ],
      ["a", "a/y", "b", "b/y"],
    ],
    [
      "hides what is below an opaque directory",
      [
        [file("a/x"), file("a/b/c")],
        [file("a/b/new"), file("a/.wh..wh..opq")],
      ],
      ["a", "a/b", "a/b/new"],
    ],
    [
      "hides everything below an opaque root",
      [
        [file("a"), file("b/c")],
        [file(".wh..wh..opq"), file("b/d")],
      ],
      ["b", "b/d"],
    ],
    ["puts a file over a directory", [[file("a/x")], [file("a")]], ["a"]],
    ["puts a directory over a file", [[file("a")], [directory("a"), file("a/x")]], ["a", "a/x"]],
    ["does not bring back what lay under a file", [[file("a/x")], [file("a")], [file("a/y")]], ["a", "a/y"]],
    ["shows again what is added after a whiteout", [[file("a/x")], [file(".wh.a")], [file("a/y")]], ["a", "a/y"]],
    [
      "lists names in order",
      [[file("b"), file("B"), file("a-b"), file("a/c"), file("é")], [file("aa")]],
      ["B", "a", "a/c", "a-b", "aa", "b", "é"],
    ],
  ];
  for (const [name, layers, expected] of merges) test(name, () => assert.deepEqual(paths(viewOf(...layers)), expected));

  const tree = viewOf([
    directory("usr/lib"),
    file("usr/lib/libc"),
    link("lib", "usr/lib"),
    link("absolute", "/usr/lib/libc"),
    link("out", "../../../usr/lib"),
    link("loop", "loop2"),
    link("loop2", "loop/x"),
    link("nowhere", "missing/deep/../file"),
    link("usr/up", "../lib/../lib"),
    ...Array.from({ length: 45 }, (_, index) => link(`hop${index}`, index === 0 ? "usr" : `hop${index - 1}`)),
  ]);
  const lookups: readonly (readonly [path: string, resolved: string, type: string | undefined])[] = [
    ["/", "", "directory"],
    ["", "", "directory"],
    ["/usr/lib/libc", "usr/lib/libc", "file"],
    ["lib/libc", "usr/lib/libc", "file"],
    ["//lib//./libc/", "usr/lib/libc", "file"],
    ["absolute", "usr/lib/libc", "file"],
    ["out/libc", "usr/lib/libc", "file"],
    ["../../lib", "usr/lib", "directory"],
    ["lib/..", "usr", "directory"],
    ["usr/up", "usr/lib", "directory"],
    ["nowhere", "missing/file", undefined],
    ["usr/lib/libc/x", "usr/lib/libc/x", undefined],
    ["missing/../lib", "usr/lib", "directory"],
    ["hop39", "usr", "directory"],
  ];
  for (const [path, resolved, type] of lookups) {
    test(`resolves "${path}" inside the root`, () => {
      assert.equal(tree.resolve(path), resolved);
      assert.equal(tree.stat(path)?.type, type);
    });
  }

  test("leaves the last symlink alone when asked to", () => {
    assert.equal(tree.stat("lib", { followLinks: false })?.type, "symlink");
    assert.equal(tree.resolve("lib", { followLinks: false }), "lib");
    assert.equal(tree.readlink("lib"), "usr/lib");
    assert.equal(tree.readlink("usr"), undefined);
  });

  for (const path of ["loop", "loop/x", "hop44"]) {
    test(`gives "${path}" up after forty symlinks`, () => {
      assert.throws(
        () => tree.stat(path),
        (error) =>
          isEngineError(error, "invalid-argument") && error instanceof Error && error.message.endsWith("too many levels of symbolic links"),
      );
    });
  }

  test("lists a directory through a symlink, and nothing else", () => {
    assert.deepEqual(tree.readdir("lib"), ["libc"]);
    assert.equal(tree.readdir("usr/lib/libc"), undefined);
    assert.equal(tree.readdir("missing"), undefined);
  });

  test("checks links of one layer in the tree of all of them", () => {
    // CVE-2025-45582: an archive brings the link, a second one the file behind it.
    const view = viewOf([link("etc", "/tmp/outside")], [file("etc/passwd")]);
    assert.deepEqual(paths(view), ["etc", "etc/passwd"]);
    assert.equal(view.stat("etc")?.type, "directory");
  });

  test("takes a directory's attributes from the topmost layer that describes it", () => {
    const view = viewOf(
      [directory("a", 0o700), directory("b", 0o700), directory("c", 0o700)],
      [file("a/x"), file("b/.wh..wh..opq"), file(".wh.c"), file("c/x")],
      [directory("d", 0o711)],
    );
    const modes = ["a", "b", "c", "d", ""].map((path) => view.stat(path)?.mode.toString(8));
    assert.deepEqual(modes, ["700", "700", "755", "711", "755"]);
    assert.deepEqual([view.stat("a")?.layer, view.stat("c")?.layer], [0, 1]);
  });

  test("finds a hard link's file in the layers below, as it was there", () => {
    const base = [file("bin/a", 0o755)];
    const view = viewOf(
      base,
      [{ path: "bin/b", type: "hardlink", linkPath: "bin/a" }],
      [file("bin/a", 0o600)],
      [{ path: "c", type: "hardlink", linkPath: "bin/b" }],
    );
    for (const path of ["bin/b", "c"]) {
      const entry = view.stat(path);
      assert.deepEqual([entry?.type, entry?.mode, entry?.layer, entry?.path], ["file", 0o755, 0, path]);
    }
    assert.equal(view.stat("bin/a")?.mode, 0o600);
    assert.equal(view.stat("c")?.inode, view.stat("bin/b")?.inode);
  });

  test("refuses a hard link to nothing", () => {
    const view = viewOf([file("a")], [{ path: "b", type: "hardlink", linkPath: "missing" }]);
    assert.throws(() => view.stat("b"), /^EngineError: invalid hardlink target "missing"$/);
    assert.equal(view.stat("a")?.type, "file");
  });

  test("says where each file's bytes are", () => {
    const view = viewOf([file("x")], [{ path: "a", type: "file", size: 0 }, file("b")]);
    const entry = view.stat("b");
    assert.ok(entry?.type === "file");
    assert.deepEqual([entry.layer, entry.data], [1, { dataOffset: 1024, storedSize: 0, sparse: undefined }]);
  });

  test("walks a part of the tree, through a symlink too", () => {
    assert.deepEqual(
      [...tree.walk("lib")].map(({ path }) => path),
      ["usr/lib", "usr/lib/libc"],
    );
    assert.deepEqual([...tree.walk("missing")], []);
  });

  test("shows what unpacking layer over layer would leave", () => {
    fc.assert(
      fc.property(fc.array(layerOfEntries, { maxLength: 4 }), (layers) => {
        const usable = layers.filter((entries) => ownTree(entries) !== undefined);
        for (const entries of layers) if (ownTree(entries) === undefined) assert.throws(() => indexOf(entries), /not a directory$/);
        const view = viewOf(...usable);
        const seen = [...view.walk()].slice(1).map(({ path, type, mode }) => `${path} ${type} ${mode}`);
        const expected = [...unpacked(usable)].map(([path, { type, mode }]) => `${path} ${type} ${mode}`);
        assert.deepEqual(seen.sort(), expected.sort());
        for (const { path } of view.walk()) assert.equal(view.stat(path, { followLinks: false })?.path, path);
      }),
      { numRuns: 500 },
    );
  });
});

describe("fileSegments()", () => {
  const sparse = {
    size: 100,
    data: {
      dataOffset: 1000,
      storedSize: 30,
      sparse: [
        { offset: 10, length: 20 },
        { offset: 50, length: 10 },
      ],
    },
  };

  test("gives data and holes in order", () => {
    assert.deepEqual(
      [...fileSegments(sparse)],
      [
        { type: "hole", length: 10 },
        { type: "data", offset: 1000, length: 20 },
        { type: "hole", length: 20 },
        { type: "data", offset: 1020, length: 10 },
        { type: "hole", length: 40 },
      ],
    );
  });

  test("gives any part of a file as it is in the whole", () => {
    const bytes = (segments: Iterable<FileSegment>): (number | string)[] =>
      [...segments].flatMap((segment) =>
        Array.from({ length: segment.length }, (_, index) => (segment.type === "hole" ? "hole" : segment.offset + index)),
      );
    const whole = bytes(fileSegments(sparse));
    for (let start = 0; start <= 100; start += 3)
      for (let end = start; end <= 105; end += 7) assert.deepEqual(bytes(fileSegments(sparse, start, end)), whole.slice(start, end));
    assert.deepEqual(
      [...fileSegments({ size: 5, data: { dataOffset: 9, storedSize: 5, sparse: undefined } }, 1, 4)],
      [{ type: "data", offset: 10, length: 3 }],
    );
  });
});

const NAMES = ["a", "b", "c"] as const;
const randomPath = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const randomDirectory = fc.array(fc.constantFrom(...NAMES), { maxLength: 2 }).map((names) => names.map((name) => `${name}/`).join(""));
const mode = fc.nat(0o777);
const randomEntry: fc.Arbitrary<TarEntryInput> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(randomPath, mode).map(([path, bits]) => file(path, bits)) },
  { weight: 3, arbitrary: fc.tuple(randomPath, mode).map(([path, bits]) => directory(path, bits)) },
  { weight: 2, arbitrary: fc.tuple(randomDirectory, fc.constantFrom(...NAMES)).map(([parent, name]) => file(`${parent}.wh.${name}`)) },
  { weight: 1, arbitrary: randomDirectory.map((parent) => file(`${parent}.wh..wh..opq`)) },
);
const layerOfEntries = fc.array(randomEntry, { maxLength: 8 });

interface Node {
  readonly type: "file" | "directory";
  /** Undefined for a directory that is only implied. */
  readonly mode: number | undefined;
}

/** The oracle: a layer as flat paths, its own entries first and its markers apart; undefined when an entry lies below a file. */
function ownTree(entries: readonly TarEntryInput[]): { own: Map<string, Node>; whiteouts: string[]; opaque: string[] } | undefined {
  const own = new Map<string, Node>();
  let [whiteouts, opaque]: [string[], string[]] = [[], []];
  for (const { path, type, mode: bits = 0 } of entries) {
    const names = path.split("/").filter((name) => name !== "");
    const last = names.pop() ?? "";
    for (let depth = 1; depth <= names.length; depth++) {
      const parent = names.slice(0, depth).join("/");
      if (own.get(parent)?.type === "file") return undefined;
      if (!own.has(parent)) own.set(parent, { type: "directory", mode: undefined });
    }
    const parent = names.join("/");
    const full = [...names, last.replace(/^\.wh\./, "")].join("/");
    if (last === ".wh..wh..opq") opaque.push(parent);
    else if (last.startsWith(".wh.")) whiteouts.push(full);
    else {
      if (type === "file") {
        removeTree(own, full);
        // A file in place of a directory takes the markers in it along, also when a directory comes back after it.
        whiteouts = whiteouts.filter((path) => !path.startsWith(`${full}/`));
        opaque = opaque.filter((path) => !`${path}/`.startsWith(`${full}/`));
      }
      own.set(full, { type: type === "directory" ? "directory" : "file", mode: bits });
    }
  }
  return { own, whiteouts, opaque };
}

function unpacked(layers: readonly (readonly TarEntryInput[])[]): Map<string, { type: string; mode: number }> {
  const tree = new Map<string, { type: string; mode: number }>();
  for (const entries of layers) {
    const { own, whiteouts, opaque } = ownTree(entries) ?? assert.fail();
    for (const path of whiteouts) removeTree(tree, path);
    for (const parent of opaque) for (const path of tree.keys()) if (parent === "" || path.startsWith(`${parent}/`)) tree.delete(path);
    for (const [path, { type, mode: bits }] of own) {
      const before = tree.get(path);
      if (type === "file" || before?.type === "file") removeTree(tree, path);
      tree.set(path, { type, mode: bits ?? (before?.type === "directory" ? before.mode : 0o755) });
    }
  }
  return tree;
}

function removeTree(tree: Map<string, unknown>, path: string): void {
  for (const key of tree.keys()) if (key === path || key.startsWith(`${path}/`)) tree.delete(key);
}
