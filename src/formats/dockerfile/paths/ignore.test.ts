import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { createExcludes, createIgnore, hiddenBuildFiles } from "./ignore.ts";

// What Docker Engine 28.5.2 kept of these files; folders are those of the files.
const FILES = [
  ".dot",
  "README.md",
  "a.cc",
  "a.md",
  "ab/x",
  "b*c",
  "bxc",
  "d.x",
  "d/keep",
  "d/no",
  "d/s/a.cc",
  "d/s/keep",
  "d/x.log",
  "dir1/dir2/f",
  "dir1/f",
  "xa",
  "ä.md",
];

const cases: readonly [ignore: string, ignored: readonly string[]][] = [
  ["", []],
  ["*.md\n!README.md\nd/*\n!d/keep\n**/x.log", ["a.md", "d/no", "d/s/a.cc", "d/s/keep", "d/x.log", "ä.md"]],
  ["d", ["d/keep", "d/no", "d/s/a.cc", "d/s/keep", "d/x.log"]],
  ["d/", ["d/keep", "d/no", "d/s/a.cc", "d/s/keep", "d/x.log"]],
  ["/d/./s//", ["d/s/a.cc", "d/s/keep"]],
  ["dir1/../d/s", ["d/s/a.cc", "d/s/keep"]],
  ["d\n!d/k*", ["d/no", "d/s/a.cc", "d/s/keep", "d/x.log"]],
  ["d\n!d/s", ["d/keep", "d/no", "d/x.log"]],
  ["d\n!**/keep", ["d/no", "d/s/a.cc", "d/x.log"]],
  ["**/*.cc\n!**/*.cc", []],
  ["!d\nd/s", ["d/s/a.cc", "d/s/keep"]],
  ["d/s\n!d", ["d/s/a.cc", "d/s/keep"]],
  ["*", FILES],
  ["**", FILES],
  ["**/", FILES],
  ["**/**", FILES],
  [".", []],
  ["/", []],
  ["..", []],
  ["../d", []],
  [".*", [".dot"]],
  ["#d\n # d\n  #d", []],
  ["  d  \t", ["d/keep", "d/no", "d/s/a.cc", "d/s/keep", "d/x.log"]],
  ["\ufeffd/no\r\n! d/x", ["d/no"]],
  ["d\r\n! d/no\r\n", ["d/keep", "d/s/a.cc", "d/s/keep", "d/x.log"]],
  ["d/**", ["d/keep", "d/no", "d/s/a.cc", "d/s/keep", "d/x.log"]],
  ["d**", ["d.x", "d/keep", "d/no", "d/s/a.cc", "d/s/keep", "d/x.log", "dir1/dir2/f", "dir1/f"]],
  ["**a", ["xa"]],
  ["**a*", ["a.cc", "a.md", "ab/x", "d/s/a.cc"]],
  ["**/f", ["dir1/dir2/f", "dir1/f"]],
  ["dir1/**/f", ["dir1/dir2/f", "dir1/f"]],
  ["d**p", []],
  ["d/**keep", ["d/keep", "d/s/keep"]],
  ["*/keep", ["d/keep"]],
  ["?.md", ["a.md", "ä.md"]],
  ["[a-b].*", ["a.cc", "a.md"]],
  ["[^a-b].*", ["d.x", "ä.md"]],
  ["b\\*c", ["b*c"]],
  ["b*c", ["b*c", "bxc"]],
  ["d?x", ["d.x"]],
  ["d.x", ["d.x"]],
  ["d/s/..", ["d/keep", "d/no", "d/s/a.cc", "d/s/keep", "d/x.log"]],
];

describe("createIgnore()", () => {
  for (const [text, ignored] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => {
      const ignore = createIgnore(text);
      assert.deepEqual(
        FILES.filter((path) => ignore.ignores(path)),
        ignored,
      );
      // In any order: what was asked before must not matter.
      assert.deepEqual(
        FILES.toReversed().filter((path) => ignore.ignores(path)),
        ignored.toReversed(),
      );
    });
  }

  const refusals: readonly [string, string][] = [
    ["!", 'illegal exclusion pattern: "!"'],
    ["! ", 'illegal exclusion pattern: "!"'],
    ["a\n[", "syntax error in pattern"],
    ["a[]b", "syntax error in pattern"],
    ["![x-]", "syntax error in pattern"],
    ["a\\", "syntax error in pattern"],
    ["a\n".repeat(16385), "cannot exclude by 16385 patterns, expected at most 16384"],
    ["#".repeat(1024 * 1024 + 1), "cannot read .dockerignore: 1048577 characters, expected at most 1048576"],
  ];

  for (const [text, message] of refusals) {
    it(`answers ${JSON.stringify(text.slice(0, 12))} with ${message}`, () => {
      assert.throws(() => createIgnore(text), { kind: "invalid-argument", message });
    });
  }

  it("knows which folders need not be entered", () => {
    const ignore = createIgnore("d\ne\n!d/a*/keep\n!**/x.c");
    assert.equal(ignore.hasExceptions, true);
    assert.equal(createIgnore("d").mayKeepBelow("d"), false);
    const strict = createIgnore("*\n!d/a*/keep");
    assert.deepEqual(
      ["d", "d/ab", "d/b", "d/ab/keep", "e"].map((folder) => strict.mayKeepBelow(folder)),
      [true, true, false, false, false],
    );
    assert.equal(ignore.mayKeepBelow("e/f/g"), true);
  });

  it("hides the Dockerfile and itself only where a pattern says so", () => {
    assert.deepEqual(hiddenBuildFiles(createIgnore("f1\nDockerfile"), "./Dockerfile"), ["Dockerfile"]);
    assert.deepEqual(hiddenBuildFiles(createIgnore("*"), "docker/app"), [".dockerignore", "docker/app"]);
    assert.deepEqual(hiddenBuildFiles(createIgnore("*\n!docker"), "docker/app"), [".dockerignore"]);
  });

  it("takes a hostile pattern without going back over the path", () => {
    const ignore = createExcludes([`${"*a".repeat(60)}b`, `${"**/a*/".repeat(60)}b`]);
    assert.equal(ignore.ignores("a".repeat(4000)), false);
    assert.equal(ignore.ignores(Array.from({ length: 200 }, () => "aa").join("/")), false);
  });

  const piece = fc.constantFrom(
    "*",
    "**",
    "/",
    "?",
    "[",
    "]",
    "^",
    "-",
    "\\",
    "!",
    "#",
    " ",
    "\n",
    "a",
    "b",
    "..",
    ".",
    "\ufeff",
    "ä",
    "\ud800",
  );
  const paths = fc.array(fc.constantFrom("a", "b", "ab", "*", "ä", "..."), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));

  it("answers every text with an answer or a refusal", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), paths, (pieces, path) => {
        try {
          const ignore = createIgnore(pieces.join(""));
          const isIgnored = ignore.ignores(path);
          const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
          // What a walk would never reach is not kept.
          if (parent !== "" && ignore.ignores(parent) && !isIgnored) assert.ok(ignore.mayKeepBelow(parent));
        } catch (error) {
          if (!isEngineError(error, "invalid-argument")) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
