import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

test("long work rests when its share is used up, and others have a turn meanwhile", async () => {
  const pace = new Pace();
  let turns = 0;
  setImmediate(() => (turns += 1));
  assert.equal(pace.isDue, false);
  while (!pace.isDue);
  assert.equal(turns, 0);
  await pace.rest();
  assert.equal(turns, 1);
});
