import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { filterBool, filterValues, invalidFilterValues, matchesExactly, matchesLabels, matchesPrefix, parseFilters } from "./filters.ts";

const ACCEPTED = new Set(["dangling", "label", "reference"]);

describe("parseFilters()", () => {
  const none = [undefined, "", "null", "{}"];
  for (const text of none) {
    it(`takes ${JSON.stringify(text)} for no filters`, () => assert.equal(parseFilters(text, ACCEPTED).size, 0));
  }

  const cases: readonly [string, Record<string, string[]>][] = [
    ['{"label":["a","b","a"]}', { label: ["a", "b"] }],
    ['{"label":{"a":true,"b":false}}', { label: ["a", "b"] }],
    ['{"label":[],"reference":null}', { label: [], reference: [] }],
    ['{"label":["a",null]}', { label: ["a", ""] }],
    ['{"label":{"a":null}}', { label: ["a"] }],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text}`, () => {
      const filters = parseFilters(text, ACCEPTED);
      assert.deepEqual(Object.fromEntries([...filters.keys()].map((key) => [key, filterValues(filters, key)])), expected);
    });
  }

  const refusals: readonly [string, string][] = [
    ...["[]", "x", "1", '"x"', "true", "  ", '{"label":"a"}', '{"label":[true]}', '{"label":{"a":1}}', '{"a":[]} x'].map(
      (text): [string, string] => [text, "invalid filter"],
    ),
    ['{"label":["x"],"dangling":{"true":true}}', "invalid filter"],
    ['{"zzz":{}}', "invalid filter 'zzz'"],
    ['{"Dangling":["true"]}', "invalid filter 'Dangling'"],
    ['{"__proto__":["x"]}', "invalid filter '__proto__'"],
    [`{"label":["${"x".repeat(2 ** 20)}"]}`, "invalid filter"],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${text.slice(0, 50)}`, () => {
      assert.throws(() => parseFilters(text, ACCEPTED), { kind: "invalid-argument", message });
    });
  }

  it("takes any key where none is refused", () => assert.deepEqual(filterValues(parseFilters('{"__proto__":["x"]}'), "__proto__"), ["x"]));

  it("reads the same from both encodings", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.uniqueArray(fc.stringMatching(/^[a-z=]*$/))), (given) => {
        const maps = Object.entries(given).map(([key, values]) => [key, Object.fromEntries(values.map((value) => [value, true]))]);
        assert.deepEqual(parseFilters(JSON.stringify(given)), parseFilters(JSON.stringify(Object.fromEntries(maps))));
      }),
    );
  });

  it("throws nothing but invalid-argument, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          return parseFilters(text).size >= 0;
        } catch (error) {
          return isEngineError(error, "invalid-argument");
        }
      }),
    );
  });
});

describe("filterBool()", () => {
  const cases: readonly [string, boolean | undefined][] = [
    ["{}", undefined],
    ['{"dangling":["true"]}', true],
    ['{"dangling":["1","true"]}', true],
    ['{"dangling":["0"]}', false],
    ['{"dangling":{"true":true,"1":false}}', true],
    ['{"dangling":{"true":true,"x":true}}', true],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text} as ${expected}`, () => assert.equal(filterBool(parseFilters(text), "dangling"), expected));
  }

  const refusals: readonly [string, string][] = [
    ['{"dangling":[]}', "invalid filter 'dangling'"],
    ['{"dangling":null}', "invalid filter 'dangling'"],
    ['{"dangling":["x"]}', "invalid filter 'dangling=[x]'"],
    ['{"dangling":["TRUE"]}', "invalid filter 'dangling=[TRUE]'"],
    ['{"dangling":["true","false"]}', "invalid filter 'dangling=[true false]'"],
    ['{"dangling":{"true":false}}', "invalid filter 'dangling=[true]'"],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${text}`, () => assert.throws(() => filterBool(parseFilters(text), "dangling"), { kind: "invalid-argument", message }));
  }
});

it("invalidFilterValues() quotes the values as Docker does", () => {
  assert.equal(invalidFilterValues(parseFilters('{"a":["x","y z"]}'), "a").message, "invalid filter 'a=[x y z]'");
});

it("matchesExactly() wants equality, but not of values stored as false", () => {
  const filters = parseFilters('{"id":{"ab":true,"cd":false}}');
  assert.ok(matchesExactly(filters, "id", "ab"));
  assert.ok(!matchesExactly(filters, "id", "cd"));
  assert.ok(!matchesExactly(filters, "id", "a"));
  assert.ok(matchesExactly(filters, "other", "anything"));
});

it("matchesPrefix() wants one value to begin the text", () => {
  const filters = parseFilters('{"id":["ab","cd"],"none":[]}');
  assert.ok(matchesPrefix(filters, "id", "cdef"));
  assert.ok(!matchesPrefix(filters, "id", "c"));
  assert.ok(matchesPrefix(filters, "none", "anything"));
});

it("matchesLabels() wants every label to be there and to say what is asked", () => {
  const labels = { a: "1", b: "x=y", empty: "" };
  const holds = (...wanted: string[]): boolean => matchesLabels(parseFilters(JSON.stringify({ label: wanted })), "label", labels);
  assert.ok(holds());
  assert.ok(holds("a", "b=x=y", "empty", "empty="));
  assert.ok(!holds("a", "c"));
  assert.ok(!holds("a=2"));
  assert.ok(!holds("constructor"));
  assert.ok(!matchesLabels(parseFilters('{"label":["a"]}'), "label", undefined));
});
