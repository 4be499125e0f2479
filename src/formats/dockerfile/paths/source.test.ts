import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseParentsSource, parseSource } from "./source.ts";

const PATHS = ["a", "a/b", "a/b/c", "ab", "b", "b/c"];

describe("parseSource()", () => {
  const literals: readonly [source: string, base: string][] = [
    [".", ""],
    ["/", ""],
    ["./a//b/", "a/b"],
    ["../x", "x"],
    ["a/../../b", "b"],
    ["a\\*b", "a\\*b"],
    ["a\\\\b", "a\\\\b"],
  ];

  for (const [source, base] of literals) {
    it(`takes ${source} for the path ${JSON.stringify(base)}`, () => assert.deepEqual(parseSource(source), { base }));
  }

  const wildcards: readonly [source: string, base: string, matched: readonly string[]][] = [
    ["*", "", ["a", "ab", "b"]],
    ["a*", "", ["a", "ab"]],
    ["x/y/a?", "x/y", ["ab"]],
    ["/x/[ab]/*", "x", ["a/b", "b/c"]],
    ["**", "", ["a", "ab", "b"]],
    ["a\\\\*b", "", []],
  ];

  for (const [source, base, matched] of wildcards) {
    it(`finds what ${source} means`, () => {
      const found = parseSource(source);
      assert.equal(found.base, base);
      assert.deepEqual(
        PATHS.filter((path) => found.matches?.(path)),
        matched,
      );
    });
  }

  it("refuses what is no pattern", () => {
    assert.throws(() => parseSource("a[b"), { kind: "invalid-argument", message: "syntax error in pattern" });
  });
});

describe("parseParentsSource()", () => {
  const cases: readonly [source: string, root: string, required: string | undefined, included: readonly string[]][] = [
    [".", "", undefined, PATHS],
    ["a", "", "a", ["a", "a/b", "a/b/c"]],
    ["./p/./a/b", "p", "a/b", ["a/b", "a/b/c"]],
    ["p/./", "p", undefined, PATHS],
    ["**/c", "", undefined, ["a/b/c", "b/c"]],
    ["x/./*/c", "x", undefined, ["b/c"]],
    ["../b/./", "b", undefined, PATHS],
  ];

  for (const [source, root, required, included] of cases) {
    it(`reads ${source}`, () => {
      const found = parseParentsSource(source);
      assert.deepEqual(found.root, { base: root });
      assert.equal(found.required, required);
      assert.deepEqual(
        PATHS.filter((path) => found.includes(path)),
        included,
      );
    });
  }

  it("says which folders need not be entered", () => {
    const found = parseParentsSource("a/*/c");
    assert.deepEqual(
      ["a", "a/b", "b", "a/b/c"].map((folder) => found.mayIncludeBelow(folder)),
      [true, true, false, false],
    );
  });
});
