import assert from "node:assert/strict";
import { test } from "node:test";
import { lastError, startFailure } from "./runtime-words.ts";

const PREFIX =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

test("the last error of a log counts, whatever else it holds", () => {
  const log = [
    '{"level":"warning","msg":"lo"}',
    '{"level":"error","msg":"first"}',
    "not JSON",
    '{"level":"error","msg":"last"}',
    '{"level":"info","msg":"x"}',
    '{"level":"er',
  ];
  assert.equal(lastError(log.join("\n")), "last");
  assert.equal(lastError('{"level":"info","msg":"x"}\n'), undefined);
  assert.equal(lastError(""), undefined);
});

test("entries may have a line each, as of runc, or several, as of crun", () => {
  const log =
    '{\n  "msg": "first",\n  "level": "error"\n}\n{\n  "msg": "a { in\\nit",\n  "level": "error"\n}\n{\n  "msg": "lo",\n  "level": "warning"\n}\n';
  assert.equal(lastError(log), "a { in\nit");
});

const PROGRAMS = [
  [
    'unable to start container process: exec: "x": executable file not found in $PATH',
    'exec: "x": executable file not found in $PATH',
    127,
  ],
  [
    'runc run failed: unable to start container process: error during container init: exec: "/x": stat /x: no such file or directory',
    'exec: "/x": stat /x: no such file or directory',
    127,
  ],
  ['unable to start container process: exec: "/etc": permission denied', 'exec: "/etc": permission denied', 126],
  ["executable file `x` not found: No such file or directory", "executable file `x` not found: No such file or directory", 127],
] as const;

for (const [said, words, exitCode] of PROGRAMS) {
  test(`a program that cannot be started: ${said}`, () => {
    const { kind, message, details } = startFailure(said);
    assert.deepEqual([kind, message, details], ["invalid-argument", `${PREFIX}error during container init: ${words}`, { exitCode }]);
  });
}

test("another failure of the runtime keeps its words", () => {
  const { kind, message } = startFailure("runc run failed: unable to start container process: cannot join the network");
  assert.deepEqual([kind, message], ["internal", `${PREFIX}cannot join the network`]);
});
