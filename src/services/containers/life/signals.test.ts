import assert from "node:assert/strict";
import { test } from "node:test";
import { isKnownSignal, parseSignal, stopSignalOf } from "./signals.ts";

test("a signal is a name in any case, with or without SIG, or a number", () => {
  const cases = { KILL: 9, sigterm: 15, usr1: 10, "9": 9, WINCH: 28, "RTMIN+3": 37, "RTMAX-1": 63, SYS: 31, CLD: 17, "99": 99 };
  for (const [text, number] of Object.entries(cases)) assert.equal(parseSignal(text), number, text);
  for (const text of ["0", "", "SIG", "BOGUS", "SIGSIGHUP", "1x"]) {
    assert.throws(() => parseSignal(text), { message: `invalid signal: ${text}`, kind: "invalid-argument" });
  }
});

test("Linux has the signals 1 to 64 but for the two that its C library keeps", () => {
  const known = Array.from({ length: 70 }, (_, number) => number).filter(isKnownSignal);
  assert.deepEqual([known.length, known[0], known.at(-1), isKnownSignal(32), isKnownSignal(33)], [62, 1, 64, false, false]);
});

test("what is no signal stops with SIGTERM", () => {
  assert.deepEqual([stopSignalOf(undefined), stopSignalOf(""), stopSignalOf("nonsense"), stopSignalOf("QUIT")], [15, 15, 15, 3]);
});
