import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { parseBool } from "./bool.ts";
import { firstValue, mergeQueries, parseQuery } from "./query.ts";

describe("parseQuery()", () => {
  const cases: readonly [string, Record<string, string[]>][] = [
    ["", {}],
    ["&&", {}],
    ["a", { a: [""] }],
    ["=1", { "": ["1"] }],
    ["a=1&b=2&a=3", { a: ["1", "3"], b: ["2"] }],
    ["a=x+y%2Bz", { a: ["x y+z"] }],
    ["%66ilters=%7B%7D", { filters: ["{}"] }],
    ["a=b=c", { a: ["b=c"] }],
    ["a=%e2%98%BA", { a: ["☺"] }],
    ["a=%E9x", { a: ["\ufffdx"] }],
    ["a=☺", { a: ["☺"] }],
    ["__proto__=1", { ["__proto__"]: ["1"] }],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual([...parseQuery(text)], Object.entries(expected)));
  }

  const refusals: readonly [string, string][] = [
    ["a=%zz", 'invalid URL escape "%zz"'],
    ["a=%z", 'invalid URL escape "%z"'],
    ["a=%", 'invalid URL escape "%"'],
    ["a=%41%4", 'invalid URL escape "%4"'],
    ["a=%%41", 'invalid URL escape "%%4"'],
    ["%zz=1", 'invalid URL escape "%zz"'],
    ["a;b", "invalid semicolon separator in query"],
    ["a=%zz&x;y", "invalid semicolon separator in query"],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${text}`, () => assert.throws(() => parseQuery(text), { kind: "invalid-argument", message }));
  }

  it("reads what URLSearchParams writes", () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: "grapheme", minLength: 1 }), fc.string({ unit: "grapheme" })));
    fc.assert(
      fc.property(pairs, (given) => {
        const query = parseQuery(new URLSearchParams(given).toString());
        for (const [name] of given) {
          assert.deepEqual(
            query.get(name),
            given.filter(([other]) => other === name).map(([, value]) => value),
          );
        }
      }),
    );
  });

  it("throws nothing but invalid-argument, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a1%+&=;é") }), (text) => {
        try {
          return parseQuery(text).size >= 0;
        } catch (error) {
          return isEngineError(error, "invalid-argument");
        }
      }),
    );
  });
});

it("mergeQueries() puts the body's values first, and firstValue() takes the first", () => {
  const merged = mergeQueries(parseQuery("a=body"), parseQuery("a=query&b=1"));
  assert.deepEqual(merged.get("a"), ["body", "query"]);
  assert.equal(firstValue(merged, "a"), "body");
  assert.equal(firstValue(merged, "b"), "1");
  assert.equal(firstValue(merged, "c"), undefined);
});

describe("parseBool()", () => {
  const cases: readonly [string | undefined, boolean, boolean][] = [
    ...["", "0", "no", "false", "none", " FALSE ", "No"].map((text): [string, boolean, boolean] => [text, true, false]),
    ...["1", "true", "yes", "off", "2", "foo"].map((text): [string, boolean, boolean] => [text, false, true]),
    [undefined, false, false],
    [undefined, true, true],
  ];
  for (const [text, absent, expected] of cases) {
    it(`takes ${JSON.stringify(text)} for ${expected} where absent means ${absent}`, () => assert.equal(parseBool(text, absent), expected));
  }
});
