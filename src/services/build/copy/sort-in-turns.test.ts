import assert from "node:assert/strict";
import { test } from "node:test";
import { sortInTurns } from "./sort-in-turns.ts";

test("any number of items comes out sorted, equal ones in the order that they had", async () => {
  for (const count of [0, 1, 2, 4095, 4096, 4097, 50_000]) {
    const items = Array.from({ length: count }, (_, index) => ({ key: (index * 7919) % 10_007, index }));
    const sorted = await sortInTurns(items, (a, b) => a.key < b.key);
    assert.deepEqual(
      sorted,
      items.toSorted((a, b) => a.key - b.key),
    );
  }
});

test("others have turns while very many are sorted", async () => {
  const items = Array.from({ length: 300_000 }, (_, index) => String((index * 7919) % 300_007));
  let turns = 0;
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  try {
    await sortInTurns(items, (a, b) => a < b);
  } finally {
    clearImmediate(immediate);
  }
  assert.ok(turns > 5, `${turns} turns`);
});
