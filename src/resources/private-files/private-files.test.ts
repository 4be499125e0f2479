import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { PrivateFiles } from "./private-files.ts";

const root = mkdtempSync(join(tmpdir(), "slipway-private-"));
after(() => rmSync(root, { recursive: true }));
const OWN = { mode: 0o400, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test("a file is as it was asked for, and gone when it is disposed of", async () => {
  await using files = await PrivateFiles.open(root);
  const file = await files.write("secret", OWN);
  assert.equal(readFileSync(file.path, "utf8"), "secret");
  assert.equal(statSync(file.path).mode & 0o777, 0o400);
  assert.equal(statSync(dirname(file.path)).mode & 0o777, 0o700);
  await file[Symbol.asyncDispose]();
  assert.equal(existsSync(file.path), false);
});

test("nothing is left when the room closes, nor of a process that was killed when the next one opens it", async () => {
  const killed = await PrivateFiles.open(root);
  const { path } = await killed.write("secret", OWN);
  const next = await PrivateFiles.open(root);
  assert.equal(existsSync(path), false);
  const other = await next.write("secret", OWN);
  await next[Symbol.asyncDispose]();
  assert.equal(existsSync(dirname(other.path)), false);
});
