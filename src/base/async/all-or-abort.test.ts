import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "node:test";
import { allOrAbort } from "./index.ts";

test("the first failure ends the others and is the one that is thrown", async () => {
  const ended: string[] = [];
  const all = allOrAbort(
    ["fails", "waits", "works"],
    async (item, signal) => {
      if (item === "works") return void ended.push(item);
      if (item === "fails") throw new Error("first");
      await delay(60_000, undefined, { signal }).catch(() => {
        ended.push(item);
        throw new Error("second");
      });
    },
    undefined,
  );
  await assert.rejects(all, { message: "first" });
  assert.deepEqual(ended.toSorted(), ["waits", "works"]);
});

test("the caller's signal reaches all of them", async () => {
  const outer = new AbortController();
  const all = allOrAbort([1, 2], (_, signal) => delay(60_000, undefined, { signal }), outer.signal);
  outer.abort();
  await assert.rejects(all, { name: "AbortError" });
});
