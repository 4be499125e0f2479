import assert from "node:assert/strict";
import { test } from "node:test";
import { LineSplitter } from "./line-splitter.ts";

function split(bytes: Buffer, cut: number): string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += cut) lines.push(...splitter.push(bytes.subarray(at, at + cut)));
  const rest = splitter.end();
  return rest === undefined ? lines : [...lines, rest];
}

const cases: readonly (readonly [name: string, text: string, lines: readonly string[]])[] = [
  ["nothing is no line", "", []],
  ["an empty line is one", "\n\n", ["\n", "\n"]],
  ["the last line may lack its end", "a\nb", ["a\n", "b"]],
  ["a terminal's line ends stay", "a\r\nb\r\n", ["a\r\n", "b\r\n"]],
  ["a line of 16 KiB is a piece and an end", `${"x".repeat(16_384)}\n`, ["x".repeat(16_384), "\n"]],
  ["a longer one is cut", `${"x".repeat(40_000)}\ny\n`, ["x".repeat(16_384), "x".repeat(16_384), `${"x".repeat(7232)}\n`, "y\n"]],
  ["no character is cut in two", `a${"é".repeat(8192)}\n`, [`a${"é".repeat(8191)}`, "é\n"]],
  ["not even one of four bytes", `abc${"😀".repeat(4096)}\n`, [`abc${"😀".repeat(4095)}`, "😀\n"]],
];

for (const [name, text, lines] of cases) {
  test(`${name}, however the bytes come`, () => {
    for (const cut of [1, 2, 3, 1000, 16_383, 16_384, 16_385, 100_000])
      assert.deepEqual(split(Buffer.from(text), cut), lines, `cut at ${cut}`);
  });
}

test("bytes that are no text are cut where they have to be", () => {
  const pieces = split(Buffer.alloc(20_000, 0x80), 7);
  assert.deepEqual(
    pieces.map((piece) => piece.length),
    [16_384, 3616],
  );
});
