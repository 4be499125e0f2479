import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { digestOf } from "#oci";
import { verifiedBlob } from "./verified-blob.ts";

const bytes = randomBytes(5 * 1024 * 1024 + 17);
const blob = { mediaType: "", digest: digestOf(bytes), size: bytes.byteLength };

/** A source of `content` that notes where it was asked to begin. */
function sourceOf(content: () => Uint8Array): { readonly asked: number[]; readonly fetch: Parameters<typeof verifiedBlob>[1] } {
  const asked: number[] = [];
  return {
    asked,
    fetch: (offset) => {
      asked.push(offset);
      return Promise.resolve({ stream: chunksOf(content().subarray(offset)) });
    },
  };
}

async function* chunksOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += 60_000) yield content.subarray(at, at + 60_000);
}

async function read(chunks: AsyncIterable<Uint8Array>, atMost = Infinity): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.byteLength;
    if (length >= atMost) break;
  }
  return Buffer.concat(parts);
}

test("the right bytes pass, from whichever offset they are taken up again", async () => {
  const { asked, fetch } = sourceOf(() => bytes);
  const from = verifiedBlob(blob, fetch);
  assert.ok((await read(from(0), 4_000_000)).byteLength < bytes.byteLength);
  for (const offset of [3_500_000, 2_000_000, 0, 1, bytes.byteLength - 1]) {
    assert.ok((await read(from(offset))).equals(bytes.subarray(offset)), `from ${offset}`);
  }
  // Near where it broke, not at the beginning; but a beginning is one.
  const [, near, middle, beginning] = asked;
  assert.ok((near ?? 0) > 2_400_000 && (near ?? 0) <= 3_500_000, String(near));
  assert.ok((middle ?? 0) > 900_000 && (middle ?? 0) <= 2_000_000, String(middle));
  assert.equal(beginning, 0);
});

test("of wrong bytes the last are never given out", async () => {
  const wrong = Buffer.from(bytes);
  wrong[3] = (wrong[3] ?? 0) ^ 1;
  const passed: Uint8Array[] = [];
  const from = verifiedBlob(blob, sourceOf(() => wrong).fetch);
  await assert.rejects(
    async () => {
      for await (const chunk of from(0)) passed.push(chunk);
    },
    { kind: "data-loss", message: `the bytes that came are not those of ${blob.digest}` },
  );
  assert.ok(Buffer.concat(passed).byteLength < blob.size);
});

test("a source that changes its mind between two readings is found out", async () => {
  const wrong = Buffer.from(bytes).fill(7, 0, 1000);
  let content: Uint8Array = wrong;
  const from = verifiedBlob(blob, sourceOf(() => content).fetch);
  await read(from(0), 4_000_000);
  content = bytes;
  await assert.rejects(read(from(4_000_000)), { kind: "data-loss" });
});
