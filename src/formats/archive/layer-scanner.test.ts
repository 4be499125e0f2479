import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { crc32 as crc } from "node:zlib";
import fc from "fast-check";
import { EngineError, isEngineError } from "#errors";
import { memoryInUse } from "../../../test/fixtures/collect-garbage.ts";
import { paxEntry, rawEntry, rawHeader, TAR_END } from "../../../test/fixtures/raw-tar.ts";
import type { RawHeader } from "../../../test/fixtures/raw-tar.ts";
import { split } from "../../../test/fixtures/streams.ts";
import { encodeTarHeader, tarEnd } from "./encode-tar-header.ts";
import { LayerIndex } from "./layer-index.ts";
import { LayerScanner } from "./layer-scanner.ts";
import type { LayerScanLimits, ScannedLayer } from "./layer-scanner.ts";
import { TreeView } from "./tree-view.ts";
import type { TreeEntry } from "./tree-view.ts";

function scan(tar: Uint8Array, { step = 10_000, limits = {} }: { step?: number; limits?: Partial<LayerScanLimits> } = {}): ScannedLayer {
  const scanner = new LayerScanner(limits);
  for (const chunk of split(tar, step)) scanner.push(chunk);
  return scanner.finish();
}

/** A layer of empty entries, told by their headers. */
function layer(...headers: readonly RawHeader[]): Buffer {
  return Buffer.concat([...headers.map((header) => rawHeader(header)), TAR_END]);
}

function viewOf(tar: Uint8Array): TreeView {
  return new TreeView([LayerIndex.open(scan(tar).index)]);
}

/** Every path with what marks its type, as one reads it: `dir/`, `link -> target`. */
function listing(view: TreeView): string[] {
  return [...view.walk()].slice(1).map((entry) => {
    if (entry.type === "directory") return `${entry.path}/`;
    return entry.type === "symlink" ? `${entry.path} -> ${entry.linkPath}` : entry.path;
  });
}

function fileAt(view: TreeView, path: string): Extract<TreeEntry, { type: "file" }> {
  const entry = view.stat(path);
  assert.ok(entry?.type === "file");
  return entry;
}

describe("LayerScanner", () => {
  test("keeps everything that a header says of an entry", () => {
    const xattr = Uint8Array.from([0, 255, 10]);
    const tar = Buffer.concat([
      paxEntry([
        ["mtime", "-7.5"],
        ["SCHILY.xattr.security.capability", xattr],
        ["uid", "4000000000"],
      ]),
      rawEntry({ name: "./bin/tool", mode: 0o4755, gid: 9 }, "content"),
      rawEntry({ name: "bin/ln", typeflag: "2", linkName: "../tool" }),
      rawEntry({ name: "dev/null", typeflag: "3", devMajor: 1, devMinor: 3 }),
      rawEntry({ name: "run/pipe", typeflag: "6" }),
      TAR_END,
    ]);
    const view = viewOf(tar);
    assert.deepEqual(
      { ...view.stat("bin/tool"), inode: "" },
      {
        type: "file",
        path: "bin/tool",
        layer: 0,
        inode: "",
        mode: 0o4755,
        uid: 4_000_000_000,
        gid: 9,
        mtime: { seconds: -8, nanoseconds: 500_000_000 },
        xattrs: new Map([["security.capability", Buffer.from(xattr)]]),
        size: 7,
        data: { dataOffset: 1536, storedSize: 7, sparse: undefined },
      },
    );
    const device = view.stat("dev/null");
    assert.ok(device?.type === "char-device" && device.devMajor === 1 && device.devMinor === 3);
    assert.equal(view.stat("run/pipe")?.type, "fifo");
    assert.equal(view.readlink("bin/ln"), "../tool");
  });

  test("counts entries and every byte, also behind the terminator", () => {
    const tar = Buffer.concat([layer({ name: "a" }, { name: ".wh.b" }), Buffer.alloc(700, 1)]);
    const { entries, size, index } = scan(tar);
    assert.deepEqual([entries, size], [2, tar.length]);
    assert.deepEqual([LayerIndex.open(index).entries, LayerIndex.open(index).size], [2, tar.length]);
  });

  test("makes the same index however the tar is cut", () => {
    const tar = Buffer.concat([
      paxEntry([["SCHILY.xattr.user.a", "b"]]),
      rawEntry({ name: "d/f" }, "x".repeat(600)),
      rawEntry({ name: "d/g", typeflag: "1", linkName: "d/f" }),
      TAR_END,
    ]);
    for (const step of [1, 13, 511, 513]) assert.deepEqual(scan(tar, { step }).index, scan(tar).index);
  });

  const trees: readonly (readonly [name: string, headers: readonly RawHeader[], expected: readonly string[]])[] = [
    [
      "cleans names",
      [{ name: "./a/", typeflag: "5" }, { name: "/b" }, { name: "a//c" }, { name: "./", typeflag: "5" }, { name: "a/./d" }],
      ["a/", "a/c", "a/d", "b"],
    ],
    ["makes the directories that entries imply", [{ name: "a/b/c" }], ["a/", "a/b/", "a/b/c"]],
    ["lets the last of several entries count", [{ name: "f" }, { name: "f", typeflag: "2", linkName: "x" }], ["f -> x"]],
    ["removes a tree that a file replaces", [{ name: "d/x/y" }, { name: "d" }], ["d"]],
    ["replaces a file by a directory", [{ name: "d" }, { name: "d/", typeflag: "5" }, { name: "d/x" }], ["d/", "d/x"]],
    ["keeps what is in a directory that comes again", [{ name: "d/x" }, { name: "d/", typeflag: "5", mode: 0o700 }], ["d/", "d/x"]],
    [
      "puts entries below a symlink where it leads",
      [{ name: "l", typeflag: "2", linkName: "/t" }, { name: "l/f" }],
      ["l -> /t", "t/", "t/f"],
    ],
    [
      "keeps entries below a symlink inside the root",
      [{ name: "l", typeflag: "2", linkName: "../../../t" }, { name: "l/f" }],
      ["l -> ../../../t", "t/", "t/f"],
    ],
    [
      "puts a second symlink of that name over the first",
      [{ name: "l", typeflag: "2", linkName: "t" }, { name: "l/a" }, { name: "l", typeflag: "2", linkName: "u" }, { name: "l/b" }],
      ["l -> u", "t/", "t/a", "u/", "u/b"],
    ],
    ["passes unknown entries over", [{ name: "v", typeflag: "V" }, { name: "f" }], ["f"]],
    [
      "passes AUFS's leftovers over",
      [
        { name: ".wh..wh.aufs" },
        { name: ".wh..wh.orph/", typeflag: "5" },
        { name: ".wh..wh.plnk/", typeflag: "5" },
        { name: ".wh..wh.plnk/1.2" },
        { name: "f", typeflag: "1", linkName: ".wh..wh.plnk/1.2" },
      ],
      ["f"],
    ],
    ["takes nothing but markers for an empty layer", [{ name: ".wh.a" }, { name: ".wh..wh..opq" }], []],
  ];
  for (const [name, headers, expected] of trees) test(name, () => assert.deepEqual(listing(viewOf(layer(...headers))), expected));

  test("gives a hard link the file as it was when the link came", () => {
    const view = viewOf(
      Buffer.concat([
        rawEntry({ name: "a" }, "old"),
        rawEntry({ name: "b", typeflag: "1", linkName: "./a" }),
        rawEntry({ name: "a" }, "newer"),
        TAR_END,
      ]),
    );
    assert.deepEqual([fileAt(view, "a").size, fileAt(view, "b").size, fileAt(view, "b").data.dataOffset], [5, 3, 512]);
    assert.notEqual(view.stat("a")?.inode, view.stat("b")?.inode);
  });

  test("tells two names of one file from two files", () => {
    const view = viewOf(
      Buffer.concat([
        rawEntry({ name: "a" }, "x"),
        rawEntry({ name: "b", typeflag: "1", linkName: "a" }),
        rawEntry({ name: "c" }, "x"),
        TAR_END,
      ]),
    );
    assert.equal(view.stat("a")?.inode, view.stat("b")?.inode);
    assert.notEqual(view.stat("a")?.inode, view.stat("c")?.inode);
  });

  test("drops attributes that would forge the overlay, and no others", () => {
    const names = ["trusted.overlay.opaque", "user.overlay.redirect", "user.overlays", "trusted.other"];
    const view = viewOf(Buffer.concat([paxEntry(names.map((name) => [`SCHILY.xattr.${name}`, "y"])), rawHeader({ name: "f" })]));
    assert.deepEqual([...(view.stat("f")?.xattrs.keys() ?? [])], ["user.overlays", "trusted.other"]);
  });

  test("wraps owners below zero as the kernel does", () => {
    const view = viewOf(Buffer.concat([paxEntry([["uid", "-2"]]), rawHeader({ name: "f" })]));
    assert.equal(view.stat("f")?.uid, 4_294_967_294);
  });

  const deep = Array.from({ length: 20 }, (_, index): RawHeader => ({
    name: `l${index}`,
    typeflag: "2",
    linkName: `${index === 0 ? "" : `l${index - 1}/`}${"d/".repeat(45)}`,
  }));
  const refused: readonly (readonly [name: string, tar: Buffer, message: RegExp, limits?: Partial<LayerScanLimits>])[] = [
    ["a name that leads out", layer({ name: "../../evil.txt" }), /^invalid entry name "\.\.\/\.\.\/evil\.txt"$/],
    ["a name that leads out and in again", layer({ name: "a/../b" }), /^invalid entry name "a\/\.\.\/b"$/],
    ["a name that ends in dots", layer({ name: "a/.." }), /^invalid entry name /],
    [
      "a hard link that leads out",
      layer({ name: "f", typeflag: "1", linkName: "../etc/passwd" }),
      /^invalid hardlink target "\.\.\/etc\/passwd"$/,
    ],
    [
      "a hard link to a directory",
      layer({ name: "d/", typeflag: "5" }, { name: "f", typeflag: "1", linkName: "d" }),
      /^invalid hardlink target "d"$/,
    ],
    ["a hard link to the root", layer({ name: "f", typeflag: "1", linkName: "/" }), /^invalid hardlink target /],
    ["a whiteout of nothing", layer({ name: "a/.wh." }), /^invalid entry name "a\/\.wh\."$/],
    ["a whiteout of its directory", layer({ name: "a/.wh.." }), /^invalid entry name "a\/\.wh\.\."$/],
    ["a whiteout of its directory's parent", layer({ name: "a/.wh..." }), /^invalid entry name "a\/\.wh\.\.\."$/],
    ["an entry below a file", layer({ name: "f" }, { name: "f/x" }), /^invalid entry name "f": not a directory$/],
    ["a file in place of the root", layer({ name: "./" }, { name: "/", typeflag: "2", linkName: "x" }), /^invalid entry name ""$/],
    [
      "an entry behind symlinks that lead in circles",
      layer({ name: "a", typeflag: "2", linkName: "b" }, { name: "b", typeflag: "2", linkName: "a" }, { name: "a/f" }),
      /too many levels of symbolic links$/,
    ],
    [
      "a component beyond 255 bytes",
      Buffer.concat([paxEntry([["path", `a/${"ä".repeat(128)}/b`]]), rawHeader({ name: "x" })]),
      /is too long, expected at most 255 bytes$/,
    ],
    [
      "a tree that symlinks make ever deeper",
      layer(...deep, { name: "l19/f" }),
      /too deep, expected at most 500 components$/,
      { maxPathComponents: 500 },
    ],
    [
      "an owner beyond 32 bits",
      Buffer.concat([paxEntry([["uid", "4294967296"]]), rawHeader({ name: "f" })]),
      /^archive\/tar: invalid tar header$/,
    ],
    ["an index beyond its limit", layer({ name: "a" }, { name: "b" }, { name: "c" }), /layer index is too large/, { maxIndexBytes: 50 }],
    ["a tar that is cut off", rawEntry({ name: "f" }, "x").subarray(0, 512), /^unexpected EOF$/],
  ];
  for (const [name, tar, message, limits = {}] of refused) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => scan(tar, { limits }),
        (error) => error instanceof EngineError && error.kind === "invalid-argument" && message.test(error.message),
      );
    });
  }

  test("holds entries by the ten thousand in little memory", () => {
    const scanner = new LayerScanner();
    const before = memoryInUse();
    for (let directory = 0; directory < 300; directory++) {
      const headers = Array.from({ length: 100 }, (_, file) =>
        encodeTarHeader({ path: `usr/lib/module-${directory}/file-${file}.js`, type: "file", mode: 0o644 }),
      );
      scanner.push(Buffer.concat(headers));
    }
    scanner.push(tarEnd());
    const used = memoryInUse() - before;
    const { entries, index } = scanner.finish();
    assert.equal(entries, 30_000);
    assert.ok(index.length < 50 * entries, `${index.length} bytes of index`);
    assert.ok(used < 400 * entries, `${used} bytes of memory`);
  });
});

describe("LayerIndex", () => {
  const { index } = scan(
    Buffer.concat([
      rawEntry({ name: "d/f" }, "x"),
      rawEntry({ name: "d/l", typeflag: "2", linkName: "f" }),
      rawHeader({ name: "d/.wh.g" }),
      TAR_END,
    ]),
  );

  test("refuses a damaged index, whichever byte it is", () => {
    for (let at = 0; at < index.length; at++) {
      const damaged = Uint8Array.from(index);
      damaged[at] = (damaged[at] ?? 0) ^ 0x40;
      assert.throws(
        () => LayerIndex.open(damaged),
        (error) => isEngineError(error, "data-loss"),
      );
    }
  });

  test("refuses an index that is cut off or another file", () => {
    for (const bytes of [
      index.subarray(0, index.length - 1),
      index.subarray(0, 10),
      Buffer.from("slipidx\u0002".padEnd(40)),
      Buffer.alloc(0),
    ]) {
      assert.throws(
        () => LayerIndex.open(bytes),
        (error) => isEngineError(error, "data-loss"),
      );
    }
  });

  test("survives records that no scanner wrote", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(index.length - 33), fc.nat(255)), { minLength: 1, maxLength: 5 }), (mutations) => {
        const forged = Buffer.from(index);
        for (const [at, byte] of mutations) forged[32 + at] = byte;
        forged.writeUInt32LE(crc(forged.subarray(12)), 8);
        try {
          for (const entry of new TreeView([LayerIndex.open(forged)]).walk()) if (entry.path.length > 1000) break;
        } catch (error) {
          assert.ok(error instanceof EngineError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
