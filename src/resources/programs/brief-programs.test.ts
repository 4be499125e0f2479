import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runBriefly } from "./brief-programs.ts";

/** Each command has a process of the shell between itself and the shell. */
const SHELL_OF_PARENT = "cut -d' ' -f4 /proc/$PPID/stat";
const AWKWARD = [
  "",
  " ",
  "'",
  "''",
  "a'b",
  "$HOME",
  "$(echo x)",
  "`echo x`",
  "\\",
  "\\n",
  "a\nb\n\nc",
  "*",
  "~",
  ";&|<>",
  "é",
  '"',
  "!",
  "%s",
  "\t",
];

test("every word arrives as it is, whatever it means to a shell", async () => {
  for (const word of AWKWARD) assert.equal(await runBriefly("printf", ["<%s>", word], { package: "coreutils" }), `<${word}>`);
  assert.equal(await runBriefly("printf", ["<%s>", ...AWKWARD], { package: "coreutils" }), AWKWARD.map((word) => `<${word}>`).join(""));
});

test("many at once each get their own answer", async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => runBriefly("printf", [`${index}${"x".repeat(2000)}`], { package: "coreutils" })),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 100 }, (_, index) => `${index}${"x".repeat(2000)}`),
  );
});

test("none that has ended stays behind", async () => {
  for (let round = 0; round < 10; round += 1) await runBriefly("true", [], { package: "coreutils" });
  const shell = Number(await runBriefly("sh", ["-c", SHELL_OF_PARENT], { package: "dash" }));
  const children = readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim().split(" ");
  // The last may not be noted yet.
  assert.ok(children.length <= 2, children.join());
});

test("it has the place and the environment that it should, and no input", async () => {
  assert.equal(await runBriefly("pwd", [], { package: "coreutils", cwd: "/usr/bin" }), "/usr/bin");
  assert.equal(await runBriefly("cat", [], { package: "coreutils" }), "");
  assert.match(await runBriefly("env", [], { package: "coreutils" }), /^LC_ALL=C.UTF-8$/m);
});

test("what fails says why, and what is missing how to get it", async () => {
  await assert.rejects(runBriefly("ls", ["/nope"], { package: "coreutils" }), { kind: "internal", message: /^ls failed: .*No such file/ });
  await assert.rejects(runBriefly("false", [], { package: "coreutils" }), { kind: "internal", message: "false failed: exit code 1" });
  const message = 'cannot find the program "no-such-program": install the package none';
  await assert.rejects(runBriefly("no-such-program", [], { package: "none" }), { kind: "unavailable", message });
  await assert.rejects(runBriefly("true", ["a\0b"], { package: "coreutils" }), { kind: "internal" });
});

test("a shell that is gone is replaced, and keeps no program alive", async () => {
  // What it has started goes on, and answers.
  assert.equal(await runBriefly("sh", ["-c", `kill -9 $(${SHELL_OF_PARENT}); echo on`], { package: "dash" }), "on");
  while ((await runBriefly("echo", ["again"], { package: "coreutils" }).catch(() => "")) !== "again");
  const door = new URL("brief-programs.ts", import.meta.url).href;
  const script = `const { runBriefly } = await import("${door}"); console.log(await runBriefly("echo", ["done"], { package: "coreutils" }));`;
  const { stdout, status } = spawnSync(process.execPath, ["--conditions=source", "--input-type=module", "-e", script], { timeout: 8000 });
  assert.deepEqual([stdout.toString(), status], ["done\n", 0]);
});
