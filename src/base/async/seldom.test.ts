import assert from "node:assert/strict";
import { test } from "node:test";
import { Seldom } from "./seldom.ts";

test("of many changes the first is told at once, then the newest ten times a second, and the last at once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let clock = 1000;
  t.mock.method(performance, "now", () => clock);
  const pass = (ms: number): void => {
    clock += ms;
    t.mock.timers.tick(ms);
  };
  const told: number[] = [];
  const seldom = new Seldom<number>((value) => told.push(value));
  for (const value of [1, 2, 3]) seldom.put(value);
  assert.deepEqual(told, [1]);
  pass(99);
  assert.deepEqual(told, [1]);
  pass(1);
  assert.deepEqual(told, [1, 3], "a silence begins with the newest");
  pass(500);
  seldom.put(4);
  seldom.put(5);
  seldom.now(6);
  pass(500);
  assert.deepEqual(told, [1, 3, 4, 6], "what is overtaken is not told");
  seldom.put(7);
  seldom.put(8);
  seldom.forget();
  pass(500);
  assert.deepEqual(told, [1, 3, 4, 6, 7]);
});
