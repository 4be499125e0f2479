import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openApiToken } from "./api-token.ts";

const root = await mkdtemp(join(tmpdir(), "slipway-token-"));
after(() => rm(root, { recursive: true }));

test("a token is made once, kept, and readable by its owner alone", async () => {
  const first = await openApiToken(root);
  assert.match(first.token, /^[A-Za-z0-9_-]{43}$/);
  assert.deepEqual([await readFile(first.path, "utf8"), ((await stat(first.path)).mode & 0o777).toString(8)], [`${first.token}\n`, "600"]);
  assert.deepEqual(await openApiToken(root), first);
});

test("a token that others could have read, written or placed is not trusted", async () => {
  const path = join(root, "api-token");
  for (const mode of [0o640, 0o604, 0o620]) {
    await chmod(path, mode);
    await assert.rejects(openApiToken(root), { kind: "forbidden" });
  }
  await rm(path);
  await symlink("/etc/hostname", path);
  await assert.rejects(openApiToken(root), { code: "ELOOP" });
});

test("a file that holds no token is told, not used", async () => {
  const path = join(root, "api-token");
  for (const text of ["", "short", "x".repeat(40) + " y"]) {
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600 });
    await assert.rejects(openApiToken(root), { kind: "data-loss" });
  }
});
