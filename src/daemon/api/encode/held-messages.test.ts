import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldMessages } from "./held-messages.ts";

test("what fits is kept whole", () => {
  const held = new HeldMessages(1000);
  for (const stream of ["a", "b"]) held.add({ stream });
  assert.deepEqual([...held.all()], [{ stream: "a" }, { stream: "b" }]);
});

test("of more than fits the end is kept, and it is said so", () => {
  const held = new HeldMessages(1000);
  for (let number = 0; number < 10_000; number += 1) held.add({ stream: String(number) });
  const [first, ...rest] = held.all();
  assert.match(first?.stream ?? "", /^\[Warning\] the output was too long/);
  assert.ok(rest.length >= 5 && rest.length <= 16, `${rest.length} are kept`);
  assert.equal(rest.at(-1)?.stream, "9999");
});
