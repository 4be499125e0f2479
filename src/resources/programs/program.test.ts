import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { runProgram, startProgram } from "./program.ts";

test("a program has a clean environment, and what it is given", async () => {
  const output = await runProgram("env", [], { package: "coreutils", environment: { A: "b", PATH: "/nowhere" } });
  const names = output
    .trim()
    .split("\n")
    .map((line) => line.split("=")[0]);
  assert.deepEqual(new Set(names), new Set(["A", "LC_ALL", "PATH"]));
  assert.doesNotMatch(output, /nowhere/);
});

test("what fails says why, and what is missing how to get it", async () => {
  await assert.rejects(runProgram("ls", ["/nope"], { package: "coreutils" }), { kind: "internal", message: /^ls failed: .*No such file/ });
  const message = 'cannot find the program "no-such-program": install the package none';
  await assert.rejects(runProgram("no-such-program", [], { package: "none" }), { kind: "unavailable", message });
});

test("an abort kills the program, with its children where that is asked for", async () => {
  const stop = new AbortController();
  const script = "sleep 1000 & echo $!; wait";
  const running = startProgram("sh", ["-c", script], { package: "dash", signal: stop.signal, withChildren: true });
  const [line] = (await once(running.child.stdout ?? running.child, "data")) as [Buffer];
  stop.abort();
  // Its stdout is closed only when nobody has it any more: the child is gone, too.
  await assert.rejects(running.done, { kind: "cancelled" });
  assert.match(line.toString(), /^\d+\n$/);
  assert.equal(await running.exitCode, 137);
});

test("a program that would be started after an abort is killed at once", async () => {
  await assert.rejects(runProgram("sleep", ["1000"], { package: "coreutils", signal: AbortSignal.abort() }), { kind: "cancelled" });
});
