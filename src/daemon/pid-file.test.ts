import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writePidFile } from "./pid-file.ts";

const folder = await mkdtemp(join(tmpdir(), "slipway-pid-"));
after(() => rm(folder, { recursive: true }));

test("the file holds the process ID while it is held, and is gone afterwards", async () => {
  const path = join(folder, "a.pid");
  const file = await writePidFile(path, process.pid);
  assert.equal(await readFile(path, "utf8"), `${process.pid}\n`);
  assert.deepEqual(await readdir(folder), ["a.pid"]);
  await file[Symbol.asyncDispose]();
  assert.deepEqual(await readdir(folder), []);
});

test("a file left by a process that ended is taken over", async () => {
  const path = join(folder, "b.pid");
  const child = spawn("true");
  await once(child, "exit");
  for (const left of [`${child.pid}\n`, "garbage", ""]) {
    await writeFile(path, left);
    await using _file = await writePidFile(path, process.pid);
    assert.equal(await readFile(path, "utf8"), `${process.pid}\n`);
  }
});

test("a running process keeps its file", async () => {
  const path = join(folder, "c.pid");
  await writeFile(path, `${process.ppid}\n`);
  await assert.rejects(writePidFile(path, process.pid), {
    kind: "conflict",
    message: `cannot write pid file "${path}": process with PID ${process.ppid} is still running`,
  });
  assert.equal(await readFile(path, "utf8"), `${process.ppid}\n`);
});

test("a file that another process has written since is left alone", async () => {
  const path = join(folder, "d.pid");
  const file = await writePidFile(path, process.pid);
  await writeFile(path, "1\n");
  await file[Symbol.asyncDispose]();
  assert.equal(await readFile(path, "utf8"), "1\n");
});
