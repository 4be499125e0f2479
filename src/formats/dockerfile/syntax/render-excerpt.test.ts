import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderExcerpt } from "./render-excerpt.ts";

const SOURCE = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

// [first line, last line, the numbers of the lines shown]; what BuildKit 0.25 shows of eight lines.
const cases: readonly [start: number, end: number, shown: readonly number[]][] = [
  [1, 1, [1, 2, 3]],
  [2, 2, [1, 2, 3, 4]],
  [4, 4, [2, 3, 4, 5, 6]],
  [8, 8, [6, 7, 8]],
  [3, 4, [2, 3, 4, 5]],
  [7, 20, [6, 7, 8]],
];

describe("renderExcerpt()", () => {
  it("draws the line that is meant", () => {
    assert.equal(
      renderExcerpt("FROM scratch\nRUN foo\nFOO\n", { start: 3, end: 3 }, "Dockerfile"),
      [
        "Dockerfile:3",
        "--------------------",
        "   1 |     FROM scratch",
        "   2 |     RUN foo",
        "   3 | >>> FOO",
        "   4 |     ",
        "--------------------",
        "",
      ].join("\n"),
    );
  });

  for (const [start, end, shown] of cases) {
    it(`shows ${shown.join(", ")} around ${start} to ${end}`, () => {
      const rows = renderExcerpt(SOURCE, { start, end }, "f").split("\n").slice(2, -2);
      assert.deepEqual(
        rows.map((row) => Number(row.slice(0, 4))),
        shown,
      );
      assert.deepEqual(
        rows.map((row) => row.slice(7, 10) === ">>>"),
        shown.map((line) => line >= start && line <= end),
      );
    });
  }

  it("shows the beginning of what goes on for long, and nothing of what is not there", () => {
    assert.equal(renderExcerpt("x\n".repeat(100_000), { start: 1, end: 100_000 }, "f").split("\n").length, 4 + 41);
    assert.equal(renderExcerpt("x", { start: 2, end: 2 }, "f"), "");
  });
});
