import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatSize } from "./human-size.ts";
import { formatProgress } from "./progress-bar.ts";
import type { ProgressDetailJson } from "./shapes/index.ts";

describe("formatSize()", () => {
  const cases: readonly [number, string][] = [
    [0, "0B"],
    [106, "106B"],
    [999, "999B"],
    [1000, "1kB"],
    [1024, "1.024kB"],
    [36_350, "36.35kB"],
    [36_449, "36.45kB"],
    [2_063_288, "2.063MB"],
    [3_002_000, "3.002MB"],
    [999_960, "1000kB"],
    [1_500_000_000, "1.5GB"],
    [2 ** 53, "9.007PB"],
    [5e27, "5000YB"],
    // Exactly between: to the even digit.
    [10_625, "10.62kB"],
    [1_062_500, "1.062MB"],
    [10_375, "10.38kB"],
    // Not exactly between, though it looks so in decimal.
    [10_635, "10.63kB"],
  ];
  for (const [bytes, expected] of cases) {
    it(`writes ${bytes} as ${expected}`, () => assert.equal(formatSize(bytes), expected));
  }
});

describe("formatProgress()", () => {
  const bar = (filled: number): string => `[${"=".repeat(filled)}>${" ".repeat(50 - filled)}] `;
  const cases: readonly [ProgressDetailJson, string][] = [
    [{}, ""],
    [{ current: 106 }, "    106B"],
    [{ current: 3, units: "s" }, "3 s"],
    [{ current: 106, total: 106 }, `${bar(50)}    106B/106B`],
    [{ current: 36_450, total: 3_002_000 }, `${bar(0)} 36.45kB/3.002MB`],
    [{ current: 1_000_000, total: 2_000_000 }, `${bar(25)}     1MB/2MB`],
    [{ current: 39, total: 1000 }, `${bar(1)}     39B/1kB`],
    [{ current: 200, total: 100 }, `${bar(50)}    200B`],
    [{ total: 100 }, `${bar(0)}      0B/100B`],
    [{ current: 1, total: 2, units: "steps" }, `${bar(25)}1/2 steps`],
    [{ current: 3, total: 2, units: "steps" }, `${bar(50)}3 steps`],
    [{ current: 1, total: 2, hidecounts: true }, bar(25)],
  ];
  for (const [detail, expected] of cases) {
    it(`draws ${JSON.stringify(detail)}`, () => assert.equal(formatProgress(detail), expected));
  }
});
