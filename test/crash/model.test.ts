import assert from "node:assert/strict";
import { test } from "node:test";

import { diceOf } from "./dice.ts";
import { described, outcomes } from "./model.ts";
import type { Model } from "./model.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const empty: Model = { images: new Set(), names: new Map() };

function naming(id: string): { apply(model: Model): void } {
  return {
    apply: ({ images, names }) => {
      images.add(id);
      names.set("x:1", id);
    },
  };
}

function texts(models: readonly Model[]): string[] {
  return [...new Set(models.map(described))].toSorted();
}

test("outcomes() has one state when all is done", () => {
  assert.deepEqual(texts(outcomes(empty, [naming(A)], [])), ["aaaaaaaaaaaa x:1"]);
});

test("outcomes() has before and after of what was under way", () => {
  assert.deepEqual(texts(outcomes(empty, [], [naming(A)])), ["", "aaaaaaaaaaaa x:1"]);
});

test("outcomes() has both orders of two that are done", () => {
  const both = ["aaaaaaaaaaaa\nbbbbbbbbbbbb x:1", "aaaaaaaaaaaa x:1\nbbbbbbbbbbbb"];
  assert.deepEqual(texts(outcomes(empty, [naming(A), naming(B)], [])), both.toSorted());
});

test("outcomes() never lacks what was done beside what was under way", () => {
  const states = texts(outcomes(empty, [naming(A)], [naming(B)]));
  assert.equal(states.length, 3);
  assert.ok(states.every((state) => state.includes("aaaaaaaaaaaa")));
});

test("diceOf() throws the same again for the same seed", () => {
  const [one, two] = [diceOf(7), diceOf(7)];
  assert.deepEqual(
    Array.from({ length: 20 }, () => one.next()),
    Array.from({ length: 20 }, () => two.next()),
  );
});
