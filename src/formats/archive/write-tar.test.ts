import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { EngineError } from "#errors";
import { collect, split, streamOf } from "../../../test/fixtures/streams.ts";
import { encodeTarHeader } from "./encode-tar-header.ts";
import { decodeName, encodeName } from "./entry-name.ts";
import { readTar } from "./read-tar.ts";
import type { TarEntry, TarHeader } from "./tar-header.ts";
import { TarParser } from "./tar-parser.ts";
import { writeTar } from "./write-tar.ts";

const nameBytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => bytes.map((byte) => (byte === 0 ? 1 : byte)));
const name = fc.oneof(
  fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes("\0")),
  nameBytes.map(decodeName),
);
const owner = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const common = {
  path: name,
  mode: fc.nat(0o7777),
  uid: owner,
  gid: owner,
  mtime: fc.record({ seconds: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), nanoseconds: fc.nat(999_999_999) }, { noNullPrototype: true }),
  xattrs: fc
    .array(fc.tuple(fc.stringMatching(/^(user|security)\.[a-z.]{1,20}$/), fc.uint8Array({ maxLength: 40 })), { maxLength: 3 })
    .map((pairs) => new Map(pairs)),
};
const entry: fc.Arbitrary<TarEntry> = fc
  .oneof(
    fc.record({ ...common, type: fc.constant("file" as const), size: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }) }),
    fc.record({ ...common, type: fc.constantFrom("symlink" as const, "hardlink" as const), linkPath: name }),
    fc.record({
      ...common,
      type: fc.constantFrom("char-device" as const, "block-device" as const),
      devMajor: fc.nat(4095),
      devMinor: fc.nat(65535),
    }),
    fc.record({ ...common, type: fc.constantFrom("directory" as const, "fifo" as const) }),
  )
  .map((fields) => ({ size: 0, linkPath: "", devMajor: 0, devMinor: 0, ...fields }));

/** Reads one header alone, whatever payload it announces. */
function parseHeader(bytes: Uint8Array): TarHeader {
  let found: TarHeader | undefined;
  const parser = new TarParser({ entry: (header) => void (found = header), data: () => undefined, entryEnd: () => undefined });
  parser.push(bytes);
  return found ?? assert.fail("no entry");
}

describe("encodeTarHeader()", () => {
  test("says what TarParser reads, for every entry there is", () => {
    fc.assert(
      fc.property(entry, (input) => {
        const { path, type, mode, uid, gid, size, mtime, linkPath, devMajor, devMinor, xattrs } = parseHeader(encodeTarHeader(input));
        const isSlashless = input.type === "directory" && !input.path.endsWith("/");
        // A file without contents whose name ends in a slash is a directory: v7's rule, which all readers keep.
        const expectedType = input.type === "file" && input.size === 0 && input.path.endsWith("/") ? "directory" : input.type;
        assert.deepEqual(
          { path, type, mode, uid, gid, size, mtime, linkPath, devMajor, devMinor, xattrs },
          { ...input, type: expectedType, path: isSlashless ? `${input.path}/` : input.path },
        );
      }),
      { numRuns: 400 },
    );
  });

  test("needs one block for what ustar can say", () => {
    assert.equal(
      encodeTarHeader({ path: `${"a".repeat(150)}/${"b".repeat(100)}`, type: "file", size: 8 ** 11 - 1, uid: 8 ** 7 - 1 }).byteLength,
      512,
    );
    assert.ok(encodeTarHeader({ path: "f", type: "file", size: 8 ** 11 }).byteLength > 512);
  });

  test("gives the same bytes in whatever order xattrs were set", () => {
    const xattrs: [string, Uint8Array][] = [
      ["user.b", Buffer.from("1")],
      ["user.a", Buffer.from("2")],
    ];
    const encode = (pairs: readonly [string, Uint8Array][]): Uint8Array =>
      encodeTarHeader({ path: "f", type: "file", xattrs: new Map(pairs) });
    assert.deepEqual(encode(xattrs), encode(xattrs.toReversed()));
  });

  for (const [what, input] of [
    ["an unknown type", { path: "f", type: "other" }],
    ["a zero in a name", { path: "a\0b", type: "file" }],
    ["an xattr that would end its own key", { path: "f", type: "file", xattrs: new Map([["user.a=b", Buffer.alloc(1)]]) }],
    ["a device number that is none", { path: "f", type: "char-device", devMajor: -1 }],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(
        () => encodeTarHeader(input),
        (error) => error instanceof EngineError && error.kind === "invalid-argument",
      );
    });
  }
});

describe("decodeName()", () => {
  test("loses no byte and no difference", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => assert.deepEqual(Uint8Array.from(encodeName(decodeName(bytes))), bytes)),
      { numRuns: 1000 },
    );
    const tricky = Uint8Array.from([0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0xbd, 0xff, 0xc3, 0xa9, 0xf0, 0x9f]);
    assert.deepEqual(Uint8Array.from(encodeName(decodeName(tricky))), tricky);
  });
});

describe("writeTar()", () => {
  test("gives back its bodies in whatever pieces they came", async () => {
    const bodies = [0, 1, 511, 512, 513, 200_000].map((size) => Buffer.alloc(size, `body of ${size}`));
    const inputs = bodies.map((body, index) => ({
      header: { path: `f${index}`, type: "file" as const, size: body.length },
      body: index % 2 === 0 ? body : streamOf(split(body, 1000)),
    }));
    const read: Buffer[] = [];
    for await (const { body } of readTar(writeTar(inputs))) read.push(await collect(body));
    assert.deepEqual(read, bodies);
  });

  test("joins small pieces and passes large ones through uncopied", async () => {
    const large = Buffer.alloc(100_000);
    const inputs = Array.from({ length: 1000 }, (_, index) => ({ header: { path: `f${index}`, type: "directory" as const } }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeTar([...inputs, { header: { path: "large", type: "file", size: large.length }, body: large }]))
      chunks.push(chunk);
    assert.ok(chunks.includes(large));
    assert.ok(chunks.length < (1000 * 512) / 65536 + 5);
  });

  for (const size of [3, 5]) {
    test(`refuses a body of 4 bytes that should have ${size}`, async () => {
      await assert.rejects(
        collect(writeTar([{ header: { path: "f", type: "file", size }, body: Buffer.alloc(4) }])),
        /its body has 4 bytes, expected/,
      );
    });
  }
});
