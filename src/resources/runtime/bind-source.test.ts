import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bindSource } from "./bind-source.ts";

test("a directory of the machine that is made for a bind is open to look at, whatever the mask", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bind-source-"));
  const mask = process.umask(0o077);
  try {
    assert.deepEqual(await bindSource(`${folder}/a/b`, { isMadeIfMissing: true }), { isFile: false });
    for (const path of ["a", "a/b"]) assert.equal((await stat(join(folder, path))).mode & 0o777, 0o755, path);
    assert.equal((await stat(folder)).mode & 0o777, 0o700, "what was there stays as it was");
  } finally {
    process.umask(mask);
    await rm(folder, { recursive: true });
  }
});
