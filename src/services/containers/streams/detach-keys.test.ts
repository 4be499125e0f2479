import assert from "node:assert/strict";
import { test } from "node:test";
import { DetachScanner, parseDetachKeys } from "./detach-keys.ts";

for (const [text, bytes] of [
  ["", [16, 17]],
  ["ctrl-p,ctrl-q", [16, 17]],
  ["ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,DEL", [0, 27, 28, 29, 30, 31, 127]],
  ["a,ctrl-z,Q", [97, 26, 81]],
] as const) {
  test(`the keys "${text}" are the bytes ${bytes.join(" ")}`, () => {
    assert.deepEqual([...parseDetachKeys(text, "detach")], bytes);
  });
}

for (const text of ["zz", "ctrl-", "ctrl-A", ",", "a,,b", "é", "ctrl-p ctrl-q"]) {
  test(`the keys "${text}" are refused in Docker's words`, () => {
    assert.throws(() => parseDetachKeys(text, "detach"), { kind: "invalid-argument", message: `Invalid detach keys (${text}) provided` });
    assert.throws(() => parseDetachKeys(text, "escape"), { message: `Invalid escape keys (${text}) provided` });
  });
}

const cases: readonly (readonly [typed: string, passed: string, isDetached: boolean])[] = [
  ["hello\r", "hello\r", false],
  ["ls\u0010\u0011more", "ls", true],
  ["\u0010x\u0010", "\u0010x", false],
  ["\u0010\u0010\u0011", "\u0010", true],
  ["\u0011\u0010y", "\u0011\u0010y", false],
];

for (const [typed, passed, isDetached] of cases) {
  test(`of ${JSON.stringify(typed)}, however it is typed, ${JSON.stringify(passed)} is passed on${isDetached ? ", then detached" : ""}`, () => {
    for (const size of [1, 2, 100]) {
      const scanner = new DetachScanner(parseDetachKeys("", "detach"));
      let [out, hasDetached] = ["", false];
      for (let at = 0; at < typed.length && !hasDetached; at += size) {
        const found = scanner.scan(Buffer.from(typed.slice(at, at + size)));
        out += Buffer.from(found.bytes).toString();
        hasDetached = found.isDetached;
      }
      assert.deepEqual([out, hasDetached], [passed, isDetached]);
    }
  });
}
