import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "./turns.ts";

test("tasks of one key take turns, also after one that failed; others do not wait", async () => {
  const turns = createTurns();
  const seen: string[] = [];
  const first = Promise.withResolvers<undefined>();
  const held = turns("a", async () => {
    await first.promise;
    seen.push("a1");
    throw new Error("a1 failed");
  });
  const next = turns("a", () => Promise.resolve(seen.push("a2")));
  await turns("b", () => Promise.resolve(seen.push("b")));
  assert.deepEqual(seen, ["b"]);
  first.resolve(undefined);
  await assert.rejects(held, /a1 failed/);
  await next;
  assert.deepEqual(seen, ["b", "a1", "a2"]);
});
