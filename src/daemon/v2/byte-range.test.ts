import assert from "node:assert/strict";
import { test } from "node:test";
import { parseContentRange, parseRange } from "./byte-range.ts";

test("a range is cut to what there is; what is no single range of bytes is none", () => {
  const cases: readonly (readonly [header: string | undefined, size: number, wanted: ReturnType<typeof parseRange>])[] = [
    [undefined, 10, undefined],
    ["bytes=0-0", 10, { start: 0, end: 1 }],
    ["bytes=3-", 10, { start: 3, end: 10 }],
    ["bytes=-3", 10, { start: 7, end: 10 }],
    ["bytes=-30", 10, { start: 0, end: 10 }],
    ["bytes=3-99", 10, { start: 3, end: 10 }],
    ["bytes=10-", 10, "unsatisfiable"],
    ["bytes=5-3", 10, "unsatisfiable"],
    ["bytes=-0", 10, "unsatisfiable"],
    ["bytes=0-", 0, "unsatisfiable"],
    ["bytes=0-1,3-4", 10, undefined],
    ["bytes=-", 10, undefined],
    ["items=0-1", 10, undefined],
    ["bytes=a-b", 10, undefined],
    [`bytes=${"9".repeat(16)}-`, 10, undefined],
  ];
  for (const [header, size, wanted] of cases) assert.deepEqual(parseRange(header, size), wanted, header);
});

test("a part of an upload says where it begins and ends, with or without the unit", () => {
  assert.deepEqual(parseContentRange("0-99"), { start: 0, length: 100 });
  assert.deepEqual(parseContentRange("bytes 100-199/*"), { start: 100, length: 100 });
  for (const header of ["", "5-3", "-5", "5-", "a-b", "bytes", "0-99, 100-199", `0-${"9".repeat(16)}`])
    assert.equal(parseContentRange(header), undefined, header);
});
