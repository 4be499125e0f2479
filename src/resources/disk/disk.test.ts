import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { isEngineError } from "#errors";
import { writeFileAtomic } from "./atomic.ts";
import { lockDirectory } from "./directory-lock.ts";
import { DiskReserve } from "./disk-reserve.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "slipway-disk-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

test("a directory has one owner, within a process and across processes, until it is given back", () => {
  const program = `const { DatabaseSync } = require("node:sqlite");
    try { new DatabaseSync(${JSON.stringify(join(root, "lock"))}, { timeout: 0 }).exec("BEGIN EXCLUSIVE"); console.log("got it"); }
    catch (error) { console.log(error.message); }`;
  const elsewhere = (): string => spawnSync(process.execPath, ["-e", program], { encoding: "utf8" }).stdout.trim();
  {
    using _lock = lockDirectory(root);
    assert.throws(
      () => lockDirectory(root),
      (error) => isEngineError(error, "conflict") && error.message.includes("another engine"),
    );
    assert.equal(elsewhere(), "database is locked");
  }
  assert.equal(elsewhere(), "got it");
  lockDirectory(root)[Symbol.dispose]();
});

test("an atomic write replaces the file and leaves nothing beside it", async () => {
  const path = join(root, "file");
  await writeFileAtomic(path, Buffer.from("one"), { durable: true });
  await writeFileAtomic(path, Buffer.from("two"), { durable: false });
  assert.equal(readFileSync(path, "utf8"), "two");
  assert.deepEqual(readdirSync(root), ["file"]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("the reserve takes real blocks and gives them back", async () => {
  const reserve = new DiskReserve(root);
  await reserve.fill();
  await reserve.fill();
  assert.ok(statSync(join(root, "reserve")).blocks * 512 >= 4 * 1024 * 1024);
  reserve.release();
  assert.equal(existsSync(join(root, "reserve")), false);
});
