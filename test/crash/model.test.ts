import assert from "node:assert/strict";
import { test } from "node:test";

import { diceOf } from "./dice.ts";
import { described, outcomes, removeName } from "./model.ts";
import type { Change, Model } from "./model.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const empty: Model = { images: new Set(), names: new Map() };

function naming(...ids: readonly string[]): Change {
  return ids.map((id) => ({ images, names }: Model) => {
    images.add(id);
    names.set("x:1", id);
  });
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

test("outcomes() has every way that a change may have gone", () => {
  assert.deepEqual(texts(outcomes(empty, [naming(A, B)], [])), ["aaaaaaaaaaaa x:1", "bbbbbbbbbbbb x:1"]);
});

test("removeName() takes digests with the last tag of their repository, and the image with its last name", () => {
  const digest = `h/x@${B}`;
  const model: Model = { images: new Set([A]), names: new Map(["h/x:1", "h/x:2", digest, "y:1"].map((name) => [name, A])) };
  const left = (name: string): string[] => {
    removeName(model, name);
    return [...model.names.keys()];
  };
  assert.deepEqual(left("h/x:1"), ["h/x:2", digest, "y:1"]);
  assert.deepEqual(left("h/x:2"), ["y:1"]);
  assert.equal(model.images.size, 1);
  assert.deepEqual(left("y:1"), []);
  assert.equal(model.images.size, 0);
});

test("diceOf() throws the same again for the same seed", () => {
  const [one, two] = [diceOf(7), diceOf(7)];
  assert.deepEqual(
    Array.from({ length: 20 }, () => one.next()),
    Array.from({ length: 20 }, () => two.next()),
  );
});
