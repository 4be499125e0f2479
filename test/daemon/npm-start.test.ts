import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RunningProgram, askSocket, bodyOf } from "./run-program.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "slipway-npm-"));
after(() => rmSync(folder, { recursive: true }));

test("npm start passes flags on, and a stop of npm is a clean stop of the daemon", async () => {
  const socket = join(folder, "x.sock");
  const args = ["start", "--", "--host", `unix://${socket}`, "--data-root", join(folder, "root")];
  const child = spawn("npm", args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, SLIPWAY_NO_APT: "1" } });
  await using npm = new RunningProgram(child);
  await npm.says("Try next:");
  await npm.says("daemon: ready");
  assert.match(npm.stdout, new RegExp(`socket     unix://${socket}\\n  data root  ${join(folder, "root")}\\n`));
  assert.equal(await bodyOf(await askSocket(socket, "/_ping")), "OK");
  npm.child.kill("SIGTERM");
  const { stderr } = await npm.exit;
  assert.match(stderr, /daemon: stopping" signal=SIGTERM requests=0\n.*daemon: stopped"/);
  assert.ok(!existsSync(socket));
});
