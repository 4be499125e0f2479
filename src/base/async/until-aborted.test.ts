import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../../test/fixtures/collect-garbage.ts";
import { untilAborted } from "./until-aborted.ts";

async function* count(to: number, onLeave: () => void = () => undefined): AsyncGenerator<Uint8Array> {
  try {
    for (let value = 0; value < to; value += 1) yield Uint8Array.of(value);
  } finally {
    onLeave();
  }
}

async function valuesOf(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const values: number[] = [];
  for await (const [value] of chunks) values.push(value ?? -1);
  return values;
}

test("without an abort everything passes, an error too", async () => {
  assert.deepEqual(await valuesOf(untilAborted(count(3), new AbortController().signal)), [0, 1, 2]);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(1);
    throw new Error("cut");
  }
  await assert.rejects(valuesOf(untilAborted(broken(), new AbortController().signal)), /cut/);
});

test("an abort ends it between two chunks, and the source is left", async () => {
  const controller = new AbortController();
  let isLeft = false;
  const seen: number[] = [];
  for await (const [value] of untilAborted(
    count(9, () => (isLeft = true)),
    controller.signal,
  )) {
    seen.push(value ?? -1);
    if (seen.length === 2) controller.abort();
  }
  assert.deepEqual([seen, isLeft], [[0, 1], true]);
});

test("an abort ends it while the source has nothing", async () => {
  const controller = new AbortController();
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(1);
    await new Promise(() => undefined);
  }
  const reading = valuesOf(untilAborted(silent(), controller.signal));
  setImmediate(() => controller.abort());
  assert.deepEqual(await reading, [1]);
});

test("whoever leaves early leaves the source", async () => {
  let isLeft = false;
  for await (const _chunk of untilAborted(
    count(9, () => (isLeft = true)),
    new AbortController().signal,
  ))
    break;
  assert.equal(isLeft, true);
});

test("no chunk is kept once it has passed", async () => {
  const passed: WeakRef<Uint8Array>[] = [];
  async function* many(): AsyncGenerator<Uint8Array> {
    for (let made = 0; made < 100; made += 1) {
      const chunk = new Uint8Array(10_000);
      passed.push(new WeakRef(chunk));
      yield chunk;
    }
  }
  let counted = 0;
  for await (const _chunk of untilAborted(many(), new AbortController().signal)) {
    counted += 1;
    if (counted < 100) continue;
    await new Promise(setImmediate);
    collectGarbage();
    assert.ok(passed.filter((chunk) => chunk.deref() !== undefined).length < 5);
  }
});
