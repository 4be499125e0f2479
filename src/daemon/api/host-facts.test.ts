import assert from "node:assert/strict";
import { test } from "node:test";
import { collectHostFacts, parseOsRelease } from "./host-facts.ts";

test("os-release is read in a shell's quotes", () => {
  const text = `# comment\nPRETTY_NAME="A \\"quoted\\" \\$name"\nVERSION_ID='13'\nID=debian\n broken\n  HOME_URL = x\n`;
  assert.deepEqual(
    [...parseOsRelease(text)],
    [
      ["PRETTY_NAME", 'A "quoted" $name'],
      ["VERSION_ID", "13"],
      ["ID", "debian"],
    ],
  );
});

test("this machine has a name, a kernel, a system, processors and memory", async () => {
  const facts = await collectHostFacts();
  for (const text of [facts.hostname, facts.kernelVersion, facts.operatingSystem, facts.os, facts.architecture, facts.machine])
    assert.notEqual(text, "");
  assert.ok(facts.cpus > 0 && facts.memory > 0);
  assert.doesNotMatch(facts.architecture, /^(x64|x86_64|aarch64)$/);
});
