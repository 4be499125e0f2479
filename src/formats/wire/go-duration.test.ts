import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { formatDuration, parseDuration } from "./go-duration.ts";

const MAX = (1n << 63n) - 1n;

describe("parseDuration()", () => {
  const cases: readonly [string, bigint][] = [
    ["0", 0n],
    ["+0", 0n],
    ["5s", 5_000_000_000n],
    ["-5s", -5_000_000_000n],
    ["1h30m", 5_400_000_000_000n],
    ["1.5h", 5_400_000_000_000n],
    ["1h1h", 7_200_000_000_000n],
    [".5s", 500_000_000n],
    ["5.s", 5_000_000_000n],
    ["1.0005us", 1000n],
    ["12µs", 12_000n],
    ["12μs", 12_000n],
    ["0.3333333333333333333h", 1_200_000_000_000n],
    ["9223372036854775807ns", MAX],
    ["-9223372036854775808ns", -MAX - 1n],
    ["0.9223372036854775807h", 3_320_413_933_267n],
    ["0.9999999999999999999s", 1_000_000_000n],
    ["0.100000000000000000000h", 360_000_000_000n],
    ["00000000000000000000001s", 1_000_000_000n],
  ];
  for (const [text, expected] of cases) {
    it(`reads ${text} as ${expected} ns`, () => assert.equal(parseDuration(text), expected));
  }

  const refusals: readonly [string, string][] = [
    ...["", "-", "s", ".", "-.", ".s", "+.s", "1d2", "zzz", " 1h", "3000000h", "9223372036854775808ns", "99999999999999999999s"].map(
      (text): [string, string] => [text, text === "1d2" ? 'time: unknown unit "d" in duration "1d2"' : `time: invalid duration "${text}"`],
    ),
    ["1", 'time: missing unit in duration "1"'],
    ["1h1", 'time: missing unit in duration "1h1"'],
    ["1d", 'time: unknown unit "d" in duration "1d"'],
    ["1h 1m", 'time: unknown unit "h " in duration "1h 1m"'],
    ["1é", 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseDuration(text), { kind: "invalid-argument", message }));
  }

  it("reads what formatDuration() writes", () => {
    fc.assert(fc.property(fc.bigInt(-MAX - 1n, MAX), (size) => assert.equal(parseDuration(formatDuration(size)), size)));
    fc.assert(fc.property(fc.bigInt(-10_000_000_000n, 10_000_000_000n), (size) => assert.equal(parseDuration(formatDuration(size)), size)));
  });

  it("throws nothing but invalid-argument, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123.hmsnuµ-+ ") }), (text) => {
        try {
          return typeof parseDuration(text) === "bigint";
        } catch (error) {
          return isEngineError(error, "invalid-argument");
        }
      }),
    );
  });
});

describe("formatDuration()", () => {
  const cases: readonly [bigint, string][] = [
    [0n, "0s"],
    [1n, "1ns"],
    [1_100n, "1.1µs"],
    [2_200_000n, "2.2ms"],
    [3_300_000_000n, "3.3s"],
    [-60_000_000_000n, "-1m0s"],
    [245_000_000_000n, "4m5s"],
    [245_001_000_000n, "4m5.001s"],
    [5_400_000_000_000n, "1h30m0s"],
    [MAX, "2562047h47m16.854775807s"],
    [-MAX - 1n, "-2562047h47m16.854775808s"],
  ];
  for (const [size, expected] of cases) {
    it(`writes ${size} ns as ${expected}`, () => assert.equal(formatDuration(size), expected));
  }
});
