import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCheckOptions } from "./check-options.ts";
import { detectCheck, detectSyntax } from "./detect-syntax.ts";

const cases: readonly [string, string | undefined][] = [
  ["# syntax=docker/dockerfile:1\nFROM a", "docker/dockerfile:1"],
  ["\ufeff#SYNTAX = a/b --flag x\r\nFROM a", "a/b --flag x"],
  ["#!/usr/bin/env x\n# escape=`\n# syntax=a", "a"],
  ["# check=skip=all\n# syntax=a", "a"],
  ["// syntax=a\n{}", "a"],
  ['{"syntax": "a", "b": 1}', "a"],
  ['{"syntax": 1}', undefined],
  ["{", undefined],
  ["# comment\n# syntax=a", undefined],
  ["\n# syntax=a", undefined],
  ["FROM a\n# syntax=a", undefined],
  ["# syntax=a\n# syntax=b", "a"],
  ["# syntax=", undefined],
  ["", undefined],
];

describe("detectSyntax()", () => {
  for (const [source, expected] of cases) {
    it(`finds ${JSON.stringify(expected)} in ${JSON.stringify(source)}`, () => {
      assert.equal(detectSyntax(source)?.commandLine, expected);
    });
  }

  it("tells the image from what follows it", () => {
    assert.deepEqual(detectSyntax("# syntax=a/b:1 c d"), { image: "a/b:1", commandLine: "a/b:1 c d" });
  });
});

describe("detectCheck() and parseCheckOptions()", () => {
  it("read which warnings a file wants", () => {
    const value = detectCheck("# syntax=a\n# check=skip=A, B;error=true;experimental=all\nFROM a");
    assert.deepEqual(parseCheckOptions(value ?? ""), { skip: ["A", "B"], experimental: "all", isStrict: true });
    assert.deepEqual(parseCheckOptions(" "), { skip: [], experimental: [], isStrict: false });
    assert.throws(() => parseCheckOptions("skp=A"), { message: 'invalid check option "skp"' });
    assert.throws(() => parseCheckOptions("error=maybe"), { message: /^failed to parse check option "error=maybe": / });
  });
});
