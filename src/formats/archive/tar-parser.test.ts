import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { EngineError } from "#errors";
import { paxEntry, rawEntry, rawHeader, rawPayload, TAR_END } from "../../../test/fixtures/raw-tar.ts";
import { split } from "../../../test/fixtures/streams.ts";
import type { TarHeader, TarLimits } from "./tar-header.ts";
import { TarParser } from "./tar-parser.ts";

interface Parsed {
  readonly header: TarHeader;
  readonly body: string;
}

function parse(
  tar: Uint8Array,
  { step = tar.byteLength || 1, limits = {} }: { step?: number; limits?: Partial<TarLimits> } = {},
): Parsed[] {
  const entries: Parsed[] = [];
  let body: Uint8Array[] = [];
  let current: TarHeader | undefined;
  const parser = new TarParser(
    {
      entry: (header) => void (current = header),
      // Copied, because the parser may be fed from one buffer again and again.
      data: (chunk) => void body.push(Uint8Array.from(chunk)),
      entryEnd: () => {
        assert.ok(current);
        entries.push({ header: current, body: Buffer.concat(body).toString("latin1") });
        [current, body] = [undefined, []];
      },
    },
    limits,
  );
  for (const chunk of split(tar, step)) parser.push(chunk);
  parser.finish();
  return entries;
}

function only(tar: Uint8Array, limits: Partial<TarLimits> = {}): Parsed {
  const [first, ...rest] = parse(tar, { limits });
  assert.ok(first);
  assert.equal(rest.length, 0);
  return first;
}

function base256(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length, value < 0 ? 0xff : 0);
  bytes.writeBigInt64BE(BigInt(value), length - 8);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes;
}

describe("TarParser", () => {
  const longName = `${"d/".repeat(150)}file`;

  const headers: readonly (readonly [name: string, tar: Buffer, expected: Partial<TarHeader>])[] = [
    [
      "reads a v7 header",
      rawHeader({ name: "old", magic: "", uid: 1000, mode: "100755 \0" }),
      { path: "old", uid: 1000, mode: 0o755, type: "file" },
    ],
    [
      "takes a v7 name with a slash for a directory",
      rawHeader({ name: "old/", magic: "", typeflag: "\0" }),
      { path: "old/", type: "directory" },
    ],
    ["joins ustar's prefix and name", rawHeader({ name: "file", prefix: "some/dir" }), { path: "some/dir/file" }],
    [
      "leaves GNU's times alone where ustar has the prefix",
      rawHeader({ name: "file", magic: "ustar  \0", prefix: "14000000000" }),
      { path: "file" },
    ],
    [
      "reads base-256 numbers",
      rawHeader({ name: "big", typeflag: "5", uid: base256(4_000_000_000, 8), mtime: base256(-5, 12) }),
      { uid: 4_000_000_000, mtime: { seconds: -5, nanoseconds: 0 } },
    ],
    ["accepts a signed checksum", rawHeader({ name: "caf\u00e9", signedChecksum: true }), { path: "café" }],
    [
      "reads GNU's long name and link",
      Buffer.concat([
        rawEntry({ name: "././@LongLink", typeflag: "L" }, `${longName}\0`),
        rawEntry({ name: "././@LongLink", typeflag: "K" }, `${longName}2\0`),
        rawHeader({ name: "short", typeflag: "2", linkName: "short" }),
      ]),
      { path: longName, linkPath: `${longName}2`, type: "symlink" },
    ],
    [
      "reads PAX times with fractions",
      Buffer.concat([paxEntry([["mtime", "1700000000.123456789012"]]), rawHeader({ name: "f" })]),
      { mtime: { seconds: 1_700_000_000, nanoseconds: 123_456_789 } },
    ],
    [
      "reads PAX times before 1970",
      Buffer.concat([paxEntry([["mtime", "-1.25"]]), rawHeader({ name: "f" })]),
      { mtime: { seconds: -2, nanoseconds: 750_000_000 } },
    ],
    [
      "lets PAX say owner, path and link",
      Buffer.concat([
        paxEntry([
          ["uid", "5000000"],
          ["gid", "6000000"],
          ["path", "new"],
          ["linkpath", "there"],
        ]),
        rawHeader({ name: "old", typeflag: "2" }),
      ]),
      { uid: 5_000_000, gid: 6_000_000, path: "new", linkPath: "there" },
    ],
    [
      "lets an empty PAX value take another back",
      Buffer.concat([
        paxEntry([
          ["path", "new"],
          ["path", ""],
        ]),
        rawHeader({ name: "old" }),
      ]),
      { path: "old" },
    ],
    [
      "applies a global header to owners and times",
      Buffer.concat([
        paxEntry(
          [
            ["uid", "7"],
            ["mtime", "9"],
          ],
          "g",
        ),
        rawHeader({ name: "f", uid: 1 }),
      ]),
      { uid: 7, mtime: { seconds: 9, nanoseconds: 0 } },
    ],
    [
      "does not let a global header rename or resize entries",
      Buffer.concat([
        paxEntry(
          [
            ["path", "evil"],
            ["size", "512"],
          ],
          "g",
        ),
        rawHeader({ name: "f" }),
      ]),
      { path: "f", size: 0 },
    ],
    [
      "reads device numbers",
      rawHeader({ name: "null", typeflag: "3", devMajor: 1, devMinor: 3 }),
      { type: "char-device", devMajor: 1, devMinor: 3 },
    ],
    ["ignores the size of a directory", rawHeader({ name: "d", typeflag: "5", size: 4096 }), { type: "directory", size: 0 }],
    [
      "ignores the size of a hard link",
      rawHeader({ name: "l", typeflag: "1", linkName: "f", size: 4096 }),
      { type: "hardlink", linkPath: "f", size: 0 },
    ],
  ];
  for (const [name, tar, expected] of headers) {
    test(name, () => {
      const { header } = only(Buffer.concat([tar, TAR_END]));
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, header[key as keyof TarHeader]])), expected);
    });
  }

  test("keeps names that are not UTF-8 byte for byte", () => {
    const name = Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xc3, 0xa9, 0x80]);
    const { header } = only(rawHeader({ name }));
    assert.deepEqual(Buffer.from(header.name), name);
  });

  test("keeps binary xattrs byte for byte, newlines and zeros included", () => {
    const value = Uint8Array.from([1, 0, 10, 0x3d, 255, 10]);
    const { header } = only(
      Buffer.concat([
        paxEntry([
          ["SCHILY.xattr.security.capability", value],
          ["SCHILY.xattr.user.a", "b"],
        ]),
        rawHeader({ name: "f" }),
      ]),
    );
    assert.deepEqual(
      [...header.xattrs],
      [
        ["security.capability", value],
        ["user.a", Uint8Array.from([0x62])],
      ],
    );
  });

  test("gives where headers and payloads lie, and payloads in order", () => {
    const tar = Buffer.concat([rawEntry({ name: "a" }, "first"), paxEntry([["comment", "x"]]), rawEntry({ name: "b" }, "second"), TAR_END]);
    const entries = parse(tar);
    assert.deepEqual(
      entries.map(({ header: { path, headerOffset, dataOffset, size }, body }) => ({ path, headerOffset, dataOffset, size, body })),
      [
        { path: "a", headerOffset: 0, dataOffset: 512, size: 5, body: "first" },
        { path: "b", headerOffset: 2048, dataOffset: 2560, size: 6, body: "second" },
      ],
    );
  });

  test("passes unknown entries on with their payload, and reads on behind it", () => {
    const entries = parse(Buffer.concat([rawEntry({ name: "vendor", typeflag: "Z" }, "payload"), rawEntry({ name: "f" }, "x")]));
    assert.deepEqual(
      entries.map(({ header, body }) => [header.type, body]),
      [
        ["other", "payload"],
        ["file", "x"],
      ],
    );
  });

  test("hands the size in a PAX header to the file, never to a long name between them", () => {
    // GHSA-3cv2-h65g-fgmm: a reader that gives the size to the `L` entry sees other files than one that does not.
    const hidden = rawEntry({ name: "hidden" }, "");
    const tar = Buffer.concat([
      paxEntry([["size", "512"]]),
      rawEntry({ name: "././@LongLink", typeflag: "L" }, "visible\0"),
      rawHeader({ name: "short", size: 0 }),
      hidden,
    ]);
    assert.deepEqual(
      parse(tar).map(({ header }) => [header.path, header.size]),
      [["visible", 512]],
    );
  });

  test("needs no terminator and no last padding", () => {
    assert.equal(only(rawEntry({ name: "f" }, "x").subarray(0, 513)).body, "x");
    assert.deepEqual(parse(Buffer.alloc(0)), []);
    assert.deepEqual(parse(Buffer.alloc(1024)), []);
  });

  test("ignores what follows the terminator", () => {
    assert.equal(only(Buffer.concat([rawEntry({ name: "f" }, "x"), TAR_END, Buffer.alloc(700, 0xaa)])).body, "x");
  });

  const sparseBody = "AAAABBBB";
  const sparse: readonly (readonly [name: string, tar: Buffer])[] = [
    [
      "old GNU",
      rawEntry(
        {
          name: "s",
          typeflag: "S",
          magic: "ustar  \0",
          extra: [
            [386, "00000000000\x0000000000004\0"],
            [410, "00000001000\x0000000000004\0"],
            [483, "00000002000"],
          ],
        },
        sparseBody,
      ),
    ],
    [
      "PAX 0.0",
      Buffer.concat([
        paxEntry([
          ["GNU.sparse.size", "1024"],
          ["GNU.sparse.numblocks", "2"],
          ["GNU.sparse.offset", "0"],
          ["GNU.sparse.numbytes", "4"],
          ["GNU.sparse.offset", "512"],
          ["GNU.sparse.numbytes", "4"],
        ]),
        rawEntry({ name: "s" }, sparseBody),
      ]),
    ],
    [
      "PAX 0.1",
      Buffer.concat([
        paxEntry([
          ["GNU.sparse.major", "0"],
          ["GNU.sparse.minor", "1"],
          ["GNU.sparse.name", "s"],
          ["GNU.sparse.size", "1024"],
          ["GNU.sparse.numblocks", "2"],
          ["GNU.sparse.map", "0,4,512,4"],
        ]),
        rawEntry({ name: "GNUSparseFile/s" }, sparseBody),
      ]),
    ],
    [
      "PAX 1.0",
      Buffer.concat([
        paxEntry([
          ["GNU.sparse.major", "1"],
          ["GNU.sparse.minor", "0"],
          ["GNU.sparse.name", "s"],
          ["GNU.sparse.realsize", "1024"],
        ]),
        rawEntry({ name: "GNUSparseFile/s" }, Buffer.concat([rawPayload("2\n0\n4\n512\n4\n"), Buffer.from(sparseBody)])),
      ]),
    ],
  ];
  for (const [name, tar] of sparse) {
    test(`reads a sparse file in ${name} form`, () => {
      const { header, body } = only(tar);
      const { path, type, size, storedSize, dataOffset } = header;
      assert.deepEqual(
        { path, type, size, storedSize, sparse: header.sparse, body },
        {
          path: "s",
          type: "file",
          size: 1024,
          storedSize: 8,
          sparse: [
            { offset: 0, length: 4 },
            { offset: 512, length: 4 },
          ],
          body: sparseBody,
        },
      );
      assert.equal(tar.subarray(dataOffset, dataOffset + 8).toString(), sparseBody);
    });
  }

  test("reads an old GNU sparse map that goes on in further blocks", () => {
    const extents = Array.from({ length: 30 }, (_, index) => [index * 1024, 1] as const);
    const slot = ([offset, length]: readonly [number, number]): string =>
      `${offset.toString(8).padStart(11, "0")}\0${length.toString(8).padStart(11, "0")}\0`;
    const first = extents.slice(0, 4).map((extent, index) => [386 + 24 * index, slot(extent)] as const);
    const blocks = [extents.slice(4, 25), extents.slice(25)].map((part, index) =>
      Buffer.from(part.map(slot).join("").padEnd(504, "\0") + (index === 0 ? "\x01" : "\0").padEnd(8, "\0"), "latin1"),
    );
    const header = rawHeader({
      name: "s",
      typeflag: "S",
      magic: "ustar  \0",
      size: 30,
      extra: [...first, [482, "\x01"], [483, "00000100000"]],
    });
    const parsed = only(Buffer.concat([header, ...blocks, rawPayload("x".repeat(30)), TAR_END]));
    assert.deepEqual(
      parsed.header.sparse,
      extents.map(([offset, length]) => ({ offset, length })),
    );
    assert.equal(parsed.header.dataOffset, 3 * 512);
  });

  const pax = (...records: readonly (readonly [string, string])[]): Buffer =>
    Buffer.concat([paxEntry(records), rawEntry({ name: "f" }, "12345678")]);
  const faults: readonly (readonly [name: string, tar: Buffer, message: RegExp, limits?: Partial<TarLimits>])[] = [
    ["garbage", Buffer.alloc(1024, "garbage "), /^archive\/tar: invalid tar header$/],
    ["a broken checksum", Buffer.concat([rawHeader({ name: "f" }).fill("x", 0, 1)]), /^archive\/tar: invalid tar header$/],
    ["a lone zero block", Buffer.concat([Buffer.alloc(512), rawHeader({ name: "f" })]), /^archive\/tar: invalid tar header$/],
    ["a header that is cut off", rawHeader({ name: "f" }).subarray(0, 300), /^unexpected EOF$/],
    ["a payload that is cut off", rawEntry({ name: "f", size: 100 }, "x").subarray(0, 560), /^unexpected EOF$/],
    ["a long name that is cut off", rawEntry({ name: "l", typeflag: "L", size: 600 }, "x"), /^unexpected EOF$/],
    ["a PAX header without its entry", paxEntry([["path", "x"]]), /^unexpected EOF$/],
    ["a negative size", rawHeader({ name: "f", size: base256(-1, 12) }), /^archive\/tar: invalid tar header$/],
    [
      "a size beyond all numbers",
      rawHeader({ name: "f", size: Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11, 0xff)]) }),
      /^archive\/tar: invalid tar header$/,
    ],
    ["a number that is none", rawHeader({ name: "f", uid: "00009999" }), /^archive\/tar: invalid tar header$/],
    [
      "a PAX record without newline",
      Buffer.concat([rawEntry({ name: "x", typeflag: "x" }, "11 path=abcd"), rawHeader({ name: "f" })]),
      /^archive\/tar: invalid tar header$/,
    ],
    [
      "a PAX record longer than its header",
      Buffer.concat([rawEntry({ name: "x", typeflag: "x" }, "99 path=abc\n"), rawHeader({ name: "f" })]),
      /^archive\/tar: invalid tar header$/,
    ],
    [
      "a PAX record of no length",
      Buffer.concat([rawEntry({ name: "x", typeflag: "x" }, "0 path=abc\n"), rawHeader({ name: "f" })]),
      /^archive\/tar: invalid tar header$/,
    ],
    ["a PAX path with a zero", pax(["path", "a\0b"]), /^archive\/tar: invalid tar header$/],
    ["a PAX size that is none", pax(["size", "8x"]), /^archive\/tar: invalid tar header$/],
    ["a PAX time that is none", pax(["mtime", "now"]), /^archive\/tar: invalid tar header$/],
    ["a sparse map that overlaps", pax(["GNU.sparse.map", "0,4,2,4"], ["GNU.sparse.size", "100"]), /^archive\/tar: invalid tar header$/],
    ["a sparse map beyond the file", pax(["GNU.sparse.map", "0,4,98,4"], ["GNU.sparse.size", "100"]), /^archive\/tar: invalid tar header$/],
    [
      "a sparse map of data that is not there",
      pax(["GNU.sparse.map", "0,4,50,5"], ["GNU.sparse.size", "100"]),
      /^archive\/tar: invalid tar header$/,
    ],
    ["a sparse map with an odd end", pax(["GNU.sparse.map", "0,8,9"], ["GNU.sparse.size", "100"]), /^archive\/tar: invalid tar header$/],
    ["sparse offsets without lengths", pax(["GNU.sparse.offset", "0"], ["GNU.sparse.offset", "1"]), /^archive\/tar: invalid tar header$/],
    ["a PAX header beyond its limit", rawHeader({ name: "x", typeflag: "x", size: 1024 ** 3 }), /^archive\/tar: header field too long$/],
    ["a long name beyond its limit", rawHeader({ name: "x", typeflag: "L", size: 1024 ** 3 }), /^archive\/tar: header field too long$/],
    ["a PAX path beyond its limit", pax(["path", "p".repeat(4097)]), /^archive\/tar: header field too long$/],
    [
      "xattrs beyond their limit",
      pax(["SCHILY.xattr.user.a", "v".repeat(40_000)], ["SCHILY.xattr.user.b", "v".repeat(40_000)]),
      /^archive\/tar: header field too long$/,
    ],
    [
      "a sparse map of a billion extents",
      Buffer.concat([
        paxEntry([
          ["GNU.sparse.major", "1"],
          ["GNU.sparse.minor", "0"],
          ["GNU.sparse.realsize", "1"],
        ]),
        rawEntry({ name: "s" }, rawPayload("1000000000\n")),
      ]),
      /^archive\/tar: header field too long$/,
    ],
    [
      "a sparse map longer than its payload",
      Buffer.concat([
        paxEntry([
          ["GNU.sparse.major", "1"],
          ["GNU.sparse.minor", "0"],
          ["GNU.sparse.realsize", "1"],
        ]),
        rawEntry({ name: "s" }, rawPayload("99\n0\n1\n2")),
      ]),
      /^archive\/tar: invalid tar header$/,
    ],
    [
      "too many entries",
      Buffer.concat([rawHeader({ name: "a" }), rawHeader({ name: "b" })]),
      /too many entries, expected at most 1$/,
      { maxEntries: 1 },
    ],
    ["a path that is too deep", pax(["path", "a/".repeat(1500)]), /too deep, expected at most 1000 components$/],
  ];
  for (const [name, tar, message, limits = {}] of faults) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parse(tar, { limits }),
        (error) => error instanceof EngineError && error.kind === "invalid-argument" && message.test(error.message),
      );
    });
  }

  test("allocates nothing for what a header only claims", () => {
    const before = process.memoryUsage().arrayBuffers;
    const parser = new TarParser({ entry: () => undefined, data: () => undefined, entryEnd: () => undefined });
    parser.push(rawHeader({ name: "f", size: "77777777777" }));
    assert.throws(() => parser.finish(), /unexpected EOF/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 10 * 1024 * 1024);
  });

  test("sees the same entries however the tar is cut", () => {
    const tar = Buffer.concat([
      ...sparse.map(([, part]) => part),
      ...headers.map(([, part]) => part),
      paxEntry([["SCHILY.xattr.user.a", "b\n"]]),
      rawEntry({ name: "f" }, "x".repeat(1300)),
      TAR_END,
      Buffer.alloc(100, 1),
    ]);
    const whole = parse(tar);
    assert.deepEqual(parse(tar, { step: 1 }), whole);
    for (let step = 2; step < 1500; step += 37) assert.deepEqual(parse(tar, { step }), whole);
  });

  test("refuses a mutated tar in its own words or reads it, and ends", () => {
    const seed = Buffer.concat([
      ...sparse.map(([, part]) => part),
      pax(["path", "é"], ["SCHILY.xattr.user.a", "b"]),
      ...headers.slice(0, 6).map(([, part]) => part),
      TAR_END,
    ]);
    const mutation = fc.record({ at: fc.nat(seed.length - 1), byte: fc.nat(255), length: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3000 }),
        (mutations, fixesSums, step) => {
          const tar = Buffer.from(seed);
          for (const { at, byte, length } of mutations) tar.fill(byte, at, Math.min(at + length, tar.length));
          if (fixesSums) for (let at = 0; at < tar.length; at += 512) fixChecksum(tar.subarray(at, at + 512));
          const outcome = (size: number): string => {
            try {
              return JSON.stringify(parse(tar, { step: size }).length);
            } catch (error) {
              if (error instanceof EngineError) return error.message;
              throw error;
            }
          };
          assert.equal(outcome(step), outcome(tar.length));
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** Otherwise nearly every mutation would end at the checksum. */
function fixChecksum(block: Buffer): void {
  if (block.every((byte) => byte === 0)) return;
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
}
