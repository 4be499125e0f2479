import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isEngineError } from "#errors";
import { rawEntry, TAR_END } from "../../../test/fixtures/raw-tar.ts";
import { collect, split, streamOf } from "../../../test/fixtures/streams.ts";
import { readTar } from "./read-tar.ts";

const TAR = Buffer.concat([
  rawEntry({ name: "a" }, "A".repeat(2000)),
  rawEntry({ name: "b" }, "B"),
  rawEntry({ name: "c/", typeflag: "5" }),
  TAR_END,
  Buffer.alloc(3000, 7),
]);

/** A source that tells how it was left. */
function watched(chunks: readonly Uint8Array[]): { source: AsyncGenerator<Uint8Array>; given: () => number; isClosed: () => boolean } {
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

describe("readTar()", () => {
  test("gives entries and bodies in order, however the source is cut", async () => {
    for (const size of [1, 7, 512, 10_000]) {
      const read: [string, string][] = [];
      for await (const { header, body } of readTar(streamOf(split(TAR, size)))) read.push([header.path, (await collect(body)).toString()]);
      assert.deepEqual(read, [
        ["a", "A".repeat(2000)],
        ["b", "B"],
        ["c/", ""],
      ]);
    }
  });

  test("passes over bodies that were not read, or not to their end", async () => {
    const paths: string[] = [];
    for await (const { header, body } of readTar(streamOf(split(TAR, 100)))) {
      paths.push(header.path);
      if (header.path !== "a") continue;
      for await (const chunk of body) if (chunk.byteLength > 0) break;
    }
    assert.deepEqual(paths, ["a", "b", "c/"]);
  });

  test("does not read ahead of the entry at hand", async () => {
    const { source, given } = watched(split(TAR, 512));
    const entries = readTar(source);
    await entries.next();
    assert.ok(given() <= 2);
    await entries.return();
  });

  test("reads the source to its end, so that a sender is not cut off", async () => {
    const { source, given, isClosed } = watched(split(TAR, 512));
    for await (const { body } of readTar(source)) await collect(body);
    assert.equal(given(), Math.ceil(TAR.length / 512));
    assert.ok(isClosed());
  });

  test("ends the source when it is left early", async () => {
    const { source, isClosed } = watched(split(TAR, 512));
    for await (const { header } of readTar(source)) if (header.path === "a") break;
    assert.ok(isClosed());
  });

  test("gives no bytes of another entry through an old body", async () => {
    const entries = readTar(streamOf(split(TAR, 512)));
    const first = await entries.next();
    await entries.next();
    assert.ok(first.done === false);
    await assert.rejects(collect(first.value.body), (error) => isEngineError(error, "internal"));
    await entries.return();
  });

  test("hands entries before a fault over before it fails", async () => {
    const broken = Buffer.concat([TAR.subarray(0, 2560), Buffer.alloc(512, 0x41)]);
    for (const size of [100, 10_000]) {
      const bodies: string[] = [];
      const reading = (async () => {
        for await (const { body } of readTar(streamOf(split(broken, size)))) bodies.push((await collect(body)).toString());
      })();
      await assert.rejects(reading, /^EngineError: archive\/tar: invalid tar header$/);
      assert.deepEqual(bodies, ["A".repeat(2000)]);
    }
  });

  test("fails a body that is cut off", async () => {
    const entries = readTar(streamOf(split(TAR.subarray(0, 1000), 100)));
    const first = await entries.next();
    assert.ok(first.done === false);
    await assert.rejects(collect(first.value.body), /unexpected EOF/);
  });

  test("stops when its signal fires", async () => {
    const controller = new AbortController();
    const entries = readTar(streamOf(split(TAR, 100)), { signal: controller.signal });
    await entries.next();
    controller.abort();
    await assert.rejects(entries.next(), (error) => isEngineError(error, "cancelled"));
  });
});
