import assert from "node:assert/strict";
import { test } from "node:test";
import { giveBack } from "./give-back.ts";

test("memory is freed with its last piece, and never under others", () => {
  const buffer = new ArrayBuffer(100_000);
  giveBack(new Uint8Array(buffer, 0, 60_000));
  assert.equal(buffer.byteLength, 100_000);
  giveBack(new Uint8Array(buffer, 60_000));
  assert.equal(buffer.byteLength, 0);
  const pooled = Buffer.from("a few bytes");
  giveBack(pooled);
  assert.equal(pooled.toString(), "a few bytes");
  const end = new Uint8Array(pooled.buffer).subarray(-100);
  giveBack(end);
  assert.equal(end.byteLength, 100);
  giveBack(new Uint8Array(new SharedArrayBuffer(100_000)));
});
