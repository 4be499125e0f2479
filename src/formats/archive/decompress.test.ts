import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { EngineError, isEngineError } from "#errors";
import { collect, split, streamOf } from "../../../test/fixtures/streams.ts";
import { detectCompression } from "./compression.ts";
import type { Compression } from "./compression.ts";
import { decompress } from "./decompress.ts";
import { createDecompressor } from "./decompressor.ts";

const TEXT = Buffer.from(`${"The quick brown fox jumps over the lazy dog. ".repeat(3)}${"A".repeat(300)}`);

/** Of TEXT, made by bzip2 1.0.8 and xz 5.4.1. */
const BZIP2 = Buffer.from(
  "QlpoOTFBWSZTWSwmsMkAABSXgMAhIAAEAD////AACCAAUMYACYAAmFf6qFAA0PU009RsUkyWUWdVUVXLwixzkjDp7SZos4LJKtVFmxoikuqm7vrVNR+WTXXZIQww0/i7kinChIFhNYZI",
  "base64",
);
const XZ = {
  none: Buffer.from(
    "/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4AGyADhdACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN1roEkP4bj9twAAAAAABTLMDAAAA4MMd/qgACvwCAAAAAABZWg==",
    "base64",
  ),
  crc32: Buffer.from(
    "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AGyADhdACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN1roEkP4bj9twAAAAH0WqIUAAVCzAwAAAAABCYo+MA2LAgAAAAABWVo=",
    "base64",
  ),
  crc64: Buffer.from(
    "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AGyADhdACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN1roEkP4bj9twAAAAP2TwaRXradCAAFUswMAAAAWQ5gRscRn+wIAAAAABFla",
    "base64",
  ),
  sha256: Buffer.from(
    "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4AGyADhdACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN1roEkP4bj9twAAAAKwS7o5SCGvZWRl5Qceagun4Gpfts0J7S0YB5CzvAf5jAAFsswMAAADWxrH5tunfHAIAAAAAClla",
    "base64",
  ),
};
const GZIP = gzipSync(TEXT);
const ZSTD = zstdCompressSync(TEXT);
const SKIPPABLE = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
/** Every optional part of a member's header, and a file name that is cut by any split. */
const GZIP_FULL_HEADER = Buffer.concat([
  Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 255, 3, 0, 1, 2, 3]),
  Buffer.from("name\0comment\0"),
  Buffer.from([0, 0]),
  GZIP.subarray(10),
]);

const SAMPLES: readonly (readonly [compression: Compression, bytes: Buffer])[] = [
  ["gzip", GZIP],
  ["zstd", ZSTD],
  ["bzip2", BZIP2],
  ["xz", XZ.crc64],
];

function unpack(bytes: Uint8Array, size = bytes.byteLength || 1): Promise<Buffer> {
  return collect(decompress(streamOf(split(bytes, size))));
}

async function push(compression: Compression, bytes: Uint8Array, size: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const decompressor = createDecompressor(compression, (piece) => void pieces.push(piece));
  for (const chunk of split(bytes, size)) void decompressor.write(chunk).catch(() => undefined);
  await decompressor.end();
  return Buffer.concat(pieces);
}

describe("detectCompression()", () => {
  const cases: readonly (readonly [string, Uint8Array, Compression])[] = [
    ["gzip", GZIP, "gzip"],
    ["zstd", ZSTD, "zstd"],
    ["zstd behind a skippable frame", SKIPPABLE, "zstd"],
    ["bzip2", BZIP2, "bzip2"],
    ["xz", XZ.crc64, "xz"],
    ["a plain tar", Buffer.alloc(512, "a"), "none"],
    ["nothing", Buffer.alloc(0), "none"],
    ["two bytes of gzip", GZIP.subarray(0, 2), "none"],
  ];
  for (const [name, bytes, expected] of cases) test(`tells ${name}`, () => assert.equal(detectCompression(bytes), expected));
});

describe("decompress()", () => {
  const accepted: readonly (readonly [name: string, bytes: Buffer, expected: Buffer])[] = [
    ["plain bytes", TEXT, TEXT],
    ["no bytes", Buffer.alloc(0), Buffer.alloc(0)],
    ["gzip", GZIP, TEXT],
    ["gzip with every part of the header", GZIP_FULL_HEADER, TEXT],
    ["gzip of several members", Buffer.concat([GZIP, GZIP_FULL_HEADER, GZIP]), Buffer.concat([TEXT, TEXT, TEXT])],
    ["gzip with an empty member", Buffer.concat([gzipSync(""), GZIP]), TEXT],
    ["gzip with zeros behind it", Buffer.concat([GZIP, Buffer.alloc(700)]), TEXT],
    ["gzip with zeros between members", Buffer.concat([GZIP, Buffer.alloc(7), GZIP]), Buffer.concat([TEXT, TEXT])],
    ["gzip with garbage behind it", Buffer.concat([GZIP, Buffer.from("garbage that is no member")]), TEXT],
    ["zstd", ZSTD, TEXT],
    ["zstd of several frames", Buffer.concat([SKIPPABLE, ZSTD, SKIPPABLE, SKIPPABLE, ZSTD, SKIPPABLE]), Buffer.concat([TEXT, TEXT])],
    ["bzip2", BZIP2, TEXT],
    ["bzip2 of several streams", Buffer.concat([BZIP2, BZIP2]), Buffer.concat([TEXT, TEXT])],
    ["bzip2 with garbage behind it", Buffer.concat([BZIP2, Buffer.from("garbage")]), TEXT],
    ["xz without a check", XZ.none, TEXT],
    ["xz with CRC-32", XZ.crc32, TEXT],
    ["xz with CRC-64", XZ.crc64, TEXT],
    ["xz with SHA-256", XZ.sha256, TEXT],
    ["xz of several streams", Buffer.concat([XZ.crc64, Buffer.alloc(8), XZ.sha256, Buffer.alloc(4)]), Buffer.concat([TEXT, TEXT])],
  ];
  for (const [name, bytes, expected] of accepted) {
    test(`unpacks ${name}, however it is cut`, async () => {
      assert.deepEqual(await unpack(bytes), expected);
      assert.deepEqual(await unpack(bytes, 1), expected);
    });
  }

  const flipped = (bytes: Buffer, at: number): Buffer =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from([(bytes[at] ?? 0) ^ 1]), bytes.subarray(at + 1)]);
  const refused: readonly (readonly [name: string, bytes: Buffer, message: RegExp])[] = [
    ...SAMPLES.map(([name, bytes]) => [`${name} that is cut off`, bytes.subarray(0, bytes.length - 3), /^unexpected EOF$/] as const),
    ...SAMPLES.map(([name, bytes]) => [`${name} that is cut in half`, bytes.subarray(0, bytes.length / 2), /^unexpected EOF$/] as const),
    ["gzip with a wrong checksum", flipped(GZIP, GZIP.length - 6), /^cannot decompress gzip data: invalid checksum$/],
    ["gzip with a wrong length", flipped(GZIP, GZIP.length - 2), /^cannot decompress gzip data: invalid length$/],
    ["gzip with a second member that is cut off", Buffer.concat([GZIP, GZIP.subarray(0, 5)]), /^unexpected EOF$/],
    ["zstd with garbage behind it", Buffer.concat([ZSTD, Buffer.from("garbage")]), /^cannot decompress zstd data: /],
    ["bzip2 with a wrong checksum", flipped(BZIP2, 11), /^cannot decompress bzip2 data: /],
    // 32 doublings of one run: what a length of 32 bits takes for minus one.
    [
      "bzip2 with a run beyond its block",
      Buffer.from("QlpoOTFBWSZTWQAAAAAAAABAAEAAIAAgoCgAAAAAwA==", "base64"),
      /^cannot decompress bzip2 data: block too long$/,
    ],
    ["xz with a wrong checksum", flipped(XZ.none, XZ.none.length - 1), /^cannot decompress xz data: invalid footer$/],
    [
      "xz with garbage behind it",
      Buffer.concat([XZ.crc64, Buffer.from("garbage that is no stream")]),
      /^cannot decompress xz data: invalid header$/,
    ],
    ["xz with half a word of padding", Buffer.concat([XZ.crc64, Buffer.alloc(2)]), /^unexpected EOF$/],
  ];
  for (const [name, bytes, message] of refused) {
    test(`refuses ${name}, however it is cut`, async () => {
      for (const size of [bytes.length, 1]) {
        await assert.rejects(
          unpack(bytes, size),
          (error) => error instanceof EngineError && error.kind === "invalid-argument" && message.test(error.message),
        );
      }
    });
  }

  test("refuses a zstd window beyond 128 MiB", async () => {
    const huge = zstdCompressSync(TEXT, { params: { [constants.ZSTD_c_windowLog]: 28, [constants.ZSTD_c_contentSizeFlag]: 0 } });
    // Small inputs get a small window, so the frame's descriptor is made to ask for 256 MiB.
    const frame = Buffer.concat([ZSTD.subarray(0, 4), Buffer.from([0x00, (28 - 10) << 3]), huge.subarray(6)]);
    await assert.rejects(unpack(frame), /^EngineError: cannot decompress zstd data: /);
  });

  const bombs: readonly (readonly [name: Compression, bytes: Buffer])[] = [
    ["gzip", gzipSync(Buffer.alloc(4 * 1024 * 1024))],
    ["zstd", zstdCompressSync(Buffer.alloc(4 * 1024 * 1024))],
  ];
  for (const [name, bytes] of bombs) {
    test(`stops a ${name} bomb at the limit that it names`, async () => {
      let given = 0;
      const consume = async (limits: { maxBytes?: number; maxRatio?: number; ratioFrom?: number }): Promise<void> => {
        given = 0;
        for await (const piece of decompress(streamOf([bytes]), { limits })) given += piece.byteLength;
      };
      await assert.rejects(consume({ maxBytes: 1024 * 1024 }), /expands to \d+ bytes and more, expected at most 1048576$/);
      assert.ok(given <= 1024 * 1024);
      await assert.rejects(
        consume({ maxRatio: 100, ratioFrom: 1024 * 1024 }),
        /expands to more than 100 times its size, expected at most 100:1$/,
      );
      assert.ok(given <= 2 * 1024 * 1024);
    });
  }

  test("waits for its reader", async () => {
    const { source, given } = counted(
      split(gzipSync(Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) & 0xff)), { level: 0 }), 65_536),
    );
    const pieces = decompress(source);
    await pieces.next();
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(given() < 20);
    await pieces.return();
  });

  test("ends the source when it is left early", async () => {
    const { source, isClosed } = counted(split(gzipSync(Buffer.alloc(3_000_000)), 100));
    for await (const piece of decompress(source)) if (piece.byteLength > 0) break;
    assert.ok(isClosed());
  });

  test("stops when its signal fires", async () => {
    const controller = new AbortController();
    const pieces = decompress(streamOf(split(gzipSync(Buffer.alloc(3_000_000)), 100)), { signal: controller.signal });
    await pieces.next();
    controller.abort();
    await assert.rejects(collect(pieces), (error) => isEngineError(error, "cancelled"));
  });

  test("hands on what the source failed with", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield GZIP.subarray(0, 20);
      throw new EngineError("unavailable", "connection reset");
    }
    await assert.rejects(collect(decompress(failing())), (error) => isEngineError(error, "unavailable"));
  });

  test("refuses mutated bytes in its own words or reads them, and ends", async () => {
    const seeds = [GZIP, ZSTD, BZIP2, XZ.crc32, XZ.sha256];
    const mutation = fc.record({ at: fc.nat(400), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 200 }),
        async (seed, mutations, size) => {
          const bytes = Buffer.from(seed);
          // Behind the magic number, or there would be nothing to unpack.
          for (const { at, byte } of mutations) bytes[6 + (at % (bytes.length - 6))] = byte;
          const outcome = await unpack(bytes, size).catch((error: unknown) => error);
          assert.ok(outcome instanceof Buffer || outcome instanceof EngineError, String(outcome));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("createDecompressor()", () => {
  for (const [name, bytes] of SAMPLES) {
    test(`takes ${name} in calls that do not wait for each other`, async () => {
      for (const size of [1, 10, bytes.length]) assert.deepEqual(await push(name, bytes, size), TEXT);
    });
  }

  test("fails with what its receiver throws, and goes on failing", async () => {
    const fault = new EngineError("conflict", "enough");
    const decompressor = createDecompressor("gzip", () => {
      throw fault;
    });
    await assert.rejects(decompressor.write(GZIP), fault);
    await assert.rejects(decompressor.end(), fault);
  });

  test("gives no piece before the receiver is done with the last", async () => {
    let [inside, most, size] = [0, 0, 0];
    const decompressor = createDecompressor("zstd", async (piece) => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      size += piece.byteLength;
      inside--;
    });
    await decompressor.write(zstdCompressSync(Buffer.alloc(3_000_000, "abc")));
    await decompressor.end();
    assert.deepEqual([most, size], [1, 3_000_000]);
  });

  test("ends what is under way when it is aborted", async () => {
    const decompressor = createDecompressor("gzip", () => new Promise<void>(() => undefined));
    const writing = decompressor.write(gzipSync(Buffer.alloc(3_000_000)));
    await new Promise((resolve) => setImmediate(resolve));
    decompressor.abort();
    await assert.rejects(writing, (error) => isEngineError(error, "cancelled"));
  });
});

describe("foreign compressors", () => {
  const body = Buffer.from(Array.from({ length: 400_000 }, (_, index) => ((index * index) >> 7) & 0xff));
  for (const [program, ...flags] of [
    ["bzip2", "-1"],
    ["bzip2", "-9"],
    ["xz", "-0"],
    ["xz", "-9e"],
    ["xz", "--lzma2=lc=0,lp=4,pb=0"],
    ["xz", "--block-size=10000"],
    ["gzip", "-9"],
    ["zstd", "-19"],
  ] as const) {
    const skip = spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed`;
    test(`${program} ${flags.join(" ")} is undone`, { skip }, async () => {
      const { stdout } = spawnSync(program, ["-c", ...flags], { input: body, maxBuffer: 1e8 });
      assert.ok((await unpack(stdout, 4096)).equals(body));
    });
  }
});

function counted(chunks: readonly Uint8Array[]): { source: AsyncGenerator<Uint8Array>; given: () => number; isClosed: () => boolean } {
  let [given, isClosed] = [0, false];
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        given++;
        yield chunk;
      }
    } finally {
      isClosed = true;
    }
  }
  return { source: source(), given: () => given, isClosed: () => isClosed };
}
