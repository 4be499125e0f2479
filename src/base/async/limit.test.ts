import assert from "node:assert/strict";
import { test } from "node:test";
import { createLimit } from "./limit.ts";

test("no more than the given number run at once, first come first served", async () => {
  const limit = createLimit(2);
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const started: number[] = [];
  const all = gates.map((gate, index) =>
    limit(async () => {
      started.push(index);
      await gate.promise;
    }),
  );
  await Promise.resolve();
  assert.deepEqual(started, [0, 1]);
  gates[1]?.resolve();
  await all[1];
  assert.deepEqual(started, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(all);
  assert.deepEqual(started, [0, 1, 2, 3]);
});

test("a task that fails gives its place to the next", async () => {
  const limit = createLimit(1);
  const failing = limit(() => Promise.reject(new Error("stop")));
  const next = limit(() => Promise.resolve("ran"));
  await assert.rejects(failing, /stop/);
  assert.equal(await next, "ran");
});
