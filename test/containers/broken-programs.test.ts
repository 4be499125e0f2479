import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runProgram } from "#programs";
import { cannotRun, hasProgram } from "../runtime/chains.ts";
import { temporaryFolder } from "../workbench/index.ts";

const SCRIPT = fileURLToPath(new URL("replaced-run.ts", import.meta.url));

interface Case {
  readonly what: string;
  readonly program: string;
  readonly replacement: string;
  readonly network: string;
  readonly says: RegExp;
}

const NO_RUNTIME = '503 {"message":"cannot run anything without an OCI runtime, and none works here: install the package runc';

const CASES: readonly Case[] = [
  {
    what: "fails without a word",
    program: "runc",
    replacement: "#!/bin/sh\nexit 1\n",
    network: "none",
    says: /runc: exit code 1, without a word/,
  },
  { what: "is no program", program: "runc", replacement: "\0\0\0\0", network: "none", says: /runc: / },
  {
    what: "notes garbage",
    program: "runc",
    replacement: '#!/bin/sh\necho "{\\"level" > "$4"; exit 3\n',
    network: "none",
    says: /runc: exit code 3, without a word/,
  },
];

const NETWORK: Case = {
  what: "fails",
  program: "slirp4netns",
  replacement: "#!/bin/sh\necho no tun device >&2; exit 1\n",
  network: "bridge",
  says: /cannot make a network: slirp4netns failed: no tun device \(none is needed with the networks none and host\)/,
};

async function linesOf({ program, replacement, network }: Case): Promise<readonly string[]> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, program);
  writeFileSync(file, replacement);
  chmodSync(file, 0o755);
  const place = (await runProgram("sh", ["-c", `command -v ${program}`], { package: "dash" })).trim();
  const command = ["--mount", "--", process.execPath, "--conditions=source", SCRIPT, place, file, network];
  return (await runProgram("unshare", command, { package: "util-linux" })).trim().split("\n");
}

describe("a program that containers need", { skip: cannotRun() || (hasProgram("runc") ? false : "runc is not installed") }, () => {
  for (const each of CASES) {
    test(`runc ${each.what}: a start says so, all else works, and the next start finds it mended`, async () => {
      const [broken = "", mended] = await linesOf(each);
      assert.ok(broken.startsWith(NO_RUNTIME), broken);
      assert.match(broken, each.says);
      assert.match(broken, / created 128, images 200$/);
      assert.equal(mended, "204  exited 5, images 200");
    });
  }

  test(
    "slirp4netns fails: a start says so and what to do, and the next start finds it mended",
    { skip: !hasProgram("slirp4netns") },
    async () => {
      const [broken = "", mended] = await linesOf(NETWORK);
      assert.match(broken, NETWORK.says);
      assert.equal(mended, "204  exited 5, images 200");
    },
  );
});
