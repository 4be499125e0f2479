import assert from "node:assert/strict";
import { test } from "node:test";
import { containerEnvironment, mergeEnvironments } from "./environment.ts";

test("a container has a path and its name, and with a terminal its kind", () => {
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  assert.deepEqual(containerEnvironment("box", { hasTerminal: false }), [path, "HOSTNAME=box"]);
  assert.deepEqual(containerEnvironment("box", { hasTerminal: true }), [path, "HOSTNAME=box", "TERM=xterm"]);
});

test("a later variable stands where the earlier one stood, and a bare name takes it away", () => {
  assert.deepEqual(mergeEnvironments(["A=1", "B=2", "C=3"], ["B=x=y", "C", "D="], ["D=4"]), ["A=1", "B=x=y", "D=4"]);
});
