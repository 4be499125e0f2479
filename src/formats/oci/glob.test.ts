import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { createGlob } from "./glob.ts";
import { createReferenceGlob } from "./reference-glob.ts";

/** Pattern, text, and what Go's `path.Match` says. */
const cases: readonly [string, string, boolean][] = [
  ["", "", true],
  ["", "a", false],
  ["abc", "abc", true],
  ["abc", "abcd", false],
  ["*", "abc", true],
  ["*", "", true],
  ["*", "a/b", false],
  ["**", "ab", true],
  ["*c", "abc", true],
  ["a*", "ab/c", false],
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["a*b*c*d*e*/f", "axbxcxdxe/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/fff", false],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["*/*", "my/img", true],
  ["*/*", "bb", false],
  ["*/*", "localhost:5000/a/b", false],
  ["ab[c]", "abc", true],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^c]", "abc", false],
  ["ab[^e-g]", "abc", true],
  ["[z-a]", "m", false],
  ["a[^a]b", "a/b", true],
  ["a?b", "a/b", false],
  ["a\\*b", "a*b", true],
  ["a\\*b", "axb", false],
  ["a?b", "a☺b", true],
  ["a??b", "a☺b", false],
  ["a[^a]b", "a☺b", true],
  ["[a-ζ]*", "α", true],
  ["*[a-ζ]", "A", false],
  ["[\\]a]", "]", true],
  ["[\\-x]", "-", true],
  ["[x\\-]", "z", false],
  ["[[*]", "*", true],
  ["*x", "xxx", true],
  ["a-b", "a-b", true],
  ["]", "]", true],
];

const broken = ["[", "[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "a[b", "\\", "[\\", "x*[", "*\\"];

describe("createGlob()", () => {
  for (const [pattern, text, expected] of cases) {
    it(`${pattern} ${expected ? "matches" : "does not match"} ${text}`, () => assert.equal(createGlob(pattern)(text), expected));
  }

  for (const pattern of broken) {
    it(`refuses ${pattern}`, () => {
      assert.throws(() => createGlob(pattern), { kind: "invalid-argument", message: "syntax error in pattern" });
    });
  }

  it("matches every text that is escaped whole", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = text.replace(/[\\*?[]/g, "\\$&");
        assert.ok(createGlob(escaped)(text));
        assert.ok(createGlob(`*${escaped}*`)(`left${text}right`));
      }),
    );
  });

  it("throws nothing but a syntax error, whatever the pattern", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a/*?[]^-\\☺") }), fc.string(), (pattern, text) => {
        try {
          return typeof createGlob(pattern)(text) === "boolean";
        } catch (error) {
          return isEngineError(error, "invalid-argument");
        }
      }),
    );
  });

  it("takes bounded time on patterns made to backtrack", () => {
    const started = performance.now();
    assert.equal(createGlob(`${"*a".repeat(2000)}b`)("a".repeat(1000)), false);
    assert.equal(createGlob(`${"*[^b]".repeat(500)}*b`)("a".repeat(1000)), false);
    assert.throws(() => createGlob("*".repeat(1_000_000)));
    assert.ok(performance.now() - started < 500);
  });
});

describe("createReferenceGlob()", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const references: readonly [string, string, boolean][] = [
    ["my/img:latest", "my/img:latest", true],
    ["my/img", "my/img:latest", true],
    ["my/img", `my/img@${digest}`, true],
    ["my/img:1", "my/img:latest", false],
    ["bb", "bb:1", true],
    ["b*:?", "bb:1", true],
    ["docker.io/library/bb", "bb:1", true],
    ["docker.io/library/bb:1", "bb:1", true],
    ["docker.io/*/*", "my/img:latest", true],
    ["*/*", "bb:1", false],
    ["*/img", "my/img:latest", true],
    ["localhost:5000/*", "localhost:5000/x:1", true],
  ];
  for (const [pattern, name, expected] of references) {
    it(`${pattern} ${expected ? "matches" : "does not match"} ${name.slice(0, 30)}`, () => {
      assert.equal(createReferenceGlob(pattern)(name), expected);
    });
  }
});
