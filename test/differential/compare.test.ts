import assert from "node:assert/strict";
import { test } from "node:test";

import { ABSENT, differences } from "./compare.ts";

const CASES: readonly (readonly [what: string, expected: unknown, actual: unknown, found: unknown])[] = [
  ["equal values", { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ["key order, which is free", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ["null for an empty list", { a: [] }, { a: null }, [{ path: "a", expected: [], actual: null }]],
  ["an absent key for null", { a: null }, {}, [{ path: "a", expected: null, actual: ABSENT }]],
  ["a key too many", {}, { a: "" }, [{ path: "a", expected: ABSENT, actual: "" }]],
  ["a row too many", [1], [1, 2], [{ path: "1", expected: ABSENT, actual: 2 }]],
  ["a number for a string", { a: { b: "1" } }, { a: { b: 1 } }, [{ path: "a.b", expected: "1", actual: 1 }]],
  ["an object for a list", { a: [] }, { a: {} }, [{ path: "a", expected: [], actual: {} }]],
];

for (const [what, expected, actual, found] of CASES) {
  test(`differences() sees ${what}`, () => assert.deepEqual(differences(expected, actual), found));
}
