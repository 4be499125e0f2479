import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { crc32, gunzipSync } from "node:zlib";
import fc from "fast-check";
import { createDecompressor } from "#archive";
import { digestOf } from "#oci";
import { Compressor } from "./compressor.ts";
import type { TarSource } from "./cut-into-blocks.ts";
import { formatOf } from "./format.ts";
import type { CompressionName } from "./format.ts";

const FORMATS = ["gzip", "zstd"] as const;

/** Text, then what cannot be compressed, then text that looks back at the first: over several blocks of either format. */
const words = Buffer.from(Array.from({ length: 90_000 }, (_, index) => `line ${(index * 7919) % 4999} of many\n`).join(""));
const sample = Buffer.concat([words, randomBytes(1_700_000), words.subarray(0, 700_001)]);

/** Gives what it has at most `size` bytes at a time. */
class Chunks implements TarSource {
  isClosed = false;
  readonly #bytes: Uint8Array;
  readonly #size: number;
  #offset = 0;

  constructor(bytes: Uint8Array, size: number) {
    this.#bytes = bytes;
    this.#size = size;
  }

  async read(into: Uint8Array): Promise<number> {
    const part = this.#bytes.subarray(this.#offset, this.#offset + Math.min(this.#size, into.byteLength));
    await Promise.resolve();
    into.set(part);
    this.#offset += part.byteLength;
    return part.byteLength;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    await Promise.resolve();
  }
}

function inChunks(bytes: Uint8Array, size: number): Chunks {
  return new Chunks(bytes, size);
}

async function compress(compressor: Compressor, name: CompressionName, tar: Chunks): Promise<Buffer> {
  const blob = compressor.compress(() => Promise.resolve(tar), formatOf(name));
  const bytes = Buffer.concat(await Array.fromAsync(blob, (chunk) => Buffer.from(chunk)));
  assert.deepEqual(blob.result, { digest: digestOf(bytes), size: bytes.byteLength });
  assert.ok(tar.isClosed);
  return bytes;
}

function plainBy(command: string, compressed: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(command, ["-d", "-c"], { input: compressed, maxBuffer: 2 ** 28 });
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

async function decompressed(name: CompressionName, bytes: Uint8Array): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const decompressor = createDecompressor(name, (piece) => void pieces.push(Uint8Array.from(piece)));
  await decompressor.write(bytes);
  await decompressor.end();
  return Buffer.concat(pieces);
}

for (const name of FORMATS) {
  describe(name, () => {
    test("what comes out is what went in, for the system's tool and for ours", async () => {
      const compressor = new Compressor();
      for (const size of [0, 1, 64 * 1024, 64 * 1024 + 1, 512 * 1024, 1024 * 1024, 2 * 1024 * 1024 + 1, sample.byteLength]) {
        const plain = sample.subarray(0, size);
        const bytes = await compress(compressor, name, inChunks(plain, 100_000));
        assert.ok(plainBy(name, bytes).equals(plain), `${size} bytes`);
        assert.ok((await decompressed(name, bytes)).equals(plain), `${size} bytes`);
      }
    });

    test("neither the cutting of the input nor the number of threads changes a byte", async () => {
      const digests = new Set<string>();
      for (const [threads, chunk] of [
        [1, sample.byteLength],
        [1, 4096],
        [2, 65_537],
        [5, 1024 * 1024],
      ] as const) {
        const compressor = new Compressor({ threads });
        digests.add(digestOf(await compress(compressor, name, inChunks(sample, chunk))));
      }
      assert.equal(digests.size, 1);
    });

    test("streams side by side do not touch each other", async () => {
      const compressor = new Compressor({ threads: 2 });
      const parts = [sample, sample.subarray(1_000_000), sample.subarray(2_000_000)];
      const all = await Promise.all(parts.map((part) => compress(compressor, name, inChunks(part, 300_000))));
      for (const [index, bytes] of all.entries()) assert.ok((await decompressed(name, bytes)).equals(parts[index] ?? Buffer.alloc(0)));
    });

    test("it becomes smaller where it can, and hardly larger where it cannot", async () => {
      const compressor = new Compressor();
      const dense = randomBytes(3_000_000);
      assert.ok((await compress(compressor, name, inChunks(words, 65_536))).byteLength < words.byteLength / 4);
      assert.ok((await compress(compressor, name, inChunks(dense, 65_536))).byteLength < dense.byteLength * 1.001);
    });

    test("a reader who leaves ends the reading of the tar", async () => {
      const compressor = new Compressor();
      const tar = inChunks(Buffer.concat([sample, sample]), 65_536);
      for await (const bytes of compressor.compress(() => Promise.resolve(tar), formatOf(name))) if (bytes.byteLength > 10) break;
      assert.ok(tar.isClosed);
    });

    test("a tar that breaks off breaks the stream with its own error", async () => {
      const compressor = new Compressor();
      class Broken extends Chunks {
        override async read(into: Uint8Array): Promise<number> {
          const size = await super.read(into);
          if (size === 0) throw new Error("the disk is gone");
          return size;
        }
      }
      const tar = new Broken(sample, 1_000_000);
      await assert.rejects(compress(compressor, name, tar), /the disk is gone/);
      assert.ok(tar.isClosed);
    });
  });
}

test("gzip has one member that tells nothing of when and where it was made", async () => {
  const compressor = new Compressor();
  const bytes = await compress(compressor, "gzip", inChunks(sample, 65_536));
  assert.deepEqual([...bytes.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  assert.deepEqual(
    [bytes.readUInt32LE(bytes.byteLength - 8), bytes.readUInt32LE(bytes.byteLength - 4)],
    [crc32(sample), sample.byteLength],
  );
  assert.ok(gunzipSync(bytes).equals(sample));
});

test("progress is told in bytes of the tar", async () => {
  const compressor = new Compressor();
  const told: number[] = [];
  const blob = compressor.compress(
    () => Promise.resolve(inChunks(sample, 65_536)),
    formatOf("gzip"),
    (size) => told.push(size),
  );
  await Array.fromAsync(blob);
  assert.equal(told.at(-1), sample.byteLength);
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
});

test("any bytes in any pieces come back", async () => {
  const compressor = new Compressor({ threads: 1 });
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.constantFrom(...FORMATS), async (tar, name) => {
      const plain = Buffer.concat(tar);
      const bytes = await compress(compressor, name, inChunks(plain, 7));
      assert.ok((await decompressed(name, bytes)).equals(plain));
      assert.equal(createHash("sha256").update(bytes).digest("hex"), digestOf(bytes).slice(7));
    }),
    { numRuns: 50 },
  );
});
