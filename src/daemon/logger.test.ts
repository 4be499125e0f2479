import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLogger } from "./logger.ts";
import type { LogFormat } from "./config/index.ts";
import type { Logger } from "./logger.ts";

function recording(format: LogFormat): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({ level: "info", format, write: (line) => lines.push(line), now: () => new Date(0) });
  return { logger, lines };
}

test("a text line has time, level, message and fields, quoted where needed", () => {
  const { logger, lines } = recording("text");
  logger.warn("api: slow request", { path: "/images/json", ms: 120, note: 'say "hi"', absent: undefined });
  assert.deepEqual(lines, [
    'time=1970-01-01T00:00:00.000Z level=warn msg="api: slow request" path=/images/json ms=120 note="say \\"hi\\""\n',
  ]);
});

test("a JSON line carries the same under the same names", () => {
  const { logger, lines } = recording("json");
  logger.error("listen: failed", { path: "/x y" });
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    [{ time: "1970-01-01T00:00:00.000Z", level: "error", msg: "listen: failed", path: "/x y" }],
  );
});

test("lines below the level are dropped, and the level can change", () => {
  const { logger, lines } = recording("text");
  logger.debug("one");
  logger.setLevel("debug");
  logger.debug("two");
  logger.setLevel("fatal");
  logger.error("three");
  assert.match(lines.join(""), /^[^\n]*msg=two\n$/);
});

for (const format of ["text", "json"] as const) {
  test(`nothing in a value can end a ${format} line or steer a terminal`, () => {
    const hostile = fc.string({
      unit: fc.oneof(fc.constantFrom("\n", "\r", "\u001b[2J", "\u009b", "\u2028", "\u202e", "\u007f", '"', "\\"), fc.string()),
    });
    fc.assert(
      fc.property(hostile, hostile, (message, value) => {
        const { logger, lines } = recording(format);
        logger.info(message, { value });
        const line = lines.join("");
        assert.equal(line.indexOf("\n"), line.length - 1);
        assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
      }),
    );
  });
}
