import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { SshAgents } from "./ssh-agents.ts";

const run = promisify(execFile);
const skip = spawnSync("ssh-add", ["-h"]).error === undefined ? false : "OpenSSH is not installed";

test("an agent holds the key it was given, and is gone with it", { skip }, async () => {
  await using folder = await temporary();
  const path = join(folder.path, "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
  await using agents = await SshAgents.open(folder.path);
  const agent = await agents.start(await readFile(path));
  const { stdout } = await run("ssh-add", ["-L"], { env: { PATH: process.env["PATH"], SSH_AUTH_SOCK: agent.socket } });
  assert.equal(stdout.split(" ")[1], (await readFile(`${path}.pub`, "utf8")).split(" ")[1]);
  await agent[Symbol.asyncDispose]();
  await assert.rejects(run("ssh-add", ["-L"], { env: { PATH: process.env["PATH"], SSH_AUTH_SOCK: agent.socket } }));
  await agents[Symbol.asyncDispose]();
  assert.equal(existsSync(agent.socket), false);
});

test("what is no key, or needs a passphrase, is refused", { skip }, async () => {
  await using folder = await temporary();
  const path = join(folder.path, "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret words", "-f", path]);
  await using agents = await SshAgents.open(folder.path);
  for (const key of [Buffer.from("no key"), await readFile(path)]) {
    await assert.rejects(agents.start(key), {
      kind: "invalid-argument",
      message: /^cannot use the SSH key: expected a private key without/,
    });
  }
});

async function temporary(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "slipway-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
