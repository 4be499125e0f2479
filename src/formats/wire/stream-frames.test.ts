import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeFrames, encodeFrame } from "./stream-frames.ts";
import type { StreamPiece } from "./stream-frames.ts";

async function decode(bytes: Uint8Array, cut: number): Promise<StreamPiece[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut);
  }
  const pieces: StreamPiece[] = [];
  for await (const piece of decodeFrames(chunks())) pieces.push(piece);
  return pieces;
}

/** As one text per run of the same stream. */
function joined(pieces: readonly StreamPiece[]): string[] {
  const texts: string[] = [];
  let last = "";
  for (const { stream, bytes } of pieces) {
    const hex = Buffer.from(bytes).toString("hex");
    if (hex === "") continue;
    if (stream === last) texts.push(`${texts.pop() ?? ""}${hex}`);
    else texts.push(`${stream} ${hex}`);
    last = stream;
  }
  return texts;
}

test("a frame is what the reference engine writes", () => {
  assert.deepEqual(
    encodeFrame({ stream: "stdout", bytes: Buffer.from("out\n") }),
    Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 4, 111, 117, 116, 10),
  );
  assert.deepEqual(
    encodeFrame({ stream: "stderr", bytes: new Uint8Array(70_000) }).subarray(0, 8),
    Uint8Array.of(2, 0, 0, 0, 0, 1, 17, 112),
  );
});

test("what is framed is read again, wherever it is cut", async () => {
  const piece = fc.record({ stream: fc.constantFrom("stdin", "stdout", "stderr", "error"), bytes: fc.uint8Array({ maxLength: 40 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), async (pieces, cut) => {
      const read = await decode(Buffer.concat(pieces.map((each) => encodeFrame(each))), cut);
      assert.deepEqual(joined(read), joined(pieces));
    }),
  );
});

test("a stream that ends inside a frame is broken, wherever it does", async () => {
  const frame = encodeFrame({ stream: "stdout", bytes: Buffer.from("hello") });
  for (let size = 1; size < frame.length; size += 1) await assert.rejects(decode(frame.subarray(0, size), 3), { kind: "data-loss" });
});

for (const header of [Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 1, 1), Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 1, 1), Buffer.from("plain text")]) {
  test(`${Buffer.from(header).toString("hex")} is no frame`, async () => {
    await assert.rejects(decode(header, 1), { kind: "data-loss", message: /no frame/ });
  });
}
