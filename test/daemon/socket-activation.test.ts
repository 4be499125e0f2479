import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { RunningProgram, STUB, askSocket, bodyOf } from "./run-program.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-activation-"));
after(() => rmSync(folder, { recursive: true }));

/** Starts the daemon as systemd would: descriptor 3 is passed, and meant for the process that `exec` makes. */
function startWith(descriptor: number): RunningProgram {
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"';
  const args = ["-c", script, "sh", process.execPath, "--conditions=source", STUB, "-H", "fd://", "--data-root", folder];
  return new RunningProgram(spawn("/bin/sh", args, { stdio: ["ignore", "pipe", "pipe", descriptor] }));
}

test("a unix socket that systemd listens at is served, and stays when the daemon stops", async () => {
  const path = join(folder, "systemd.sock");
  const systemd = createServer();
  systemd.listen(path);
  await once(systemd, "listening");
  after(() => systemd.close());
  const descriptor = descriptorOf(systemd);
  await using daemon = startWith(descriptor);
  await daemon.says("daemon: ready");
  // The test's own event loop accepts on the same socket; only the daemon answers.
  systemd.on("connection", (socket) => socket.destroy());
  let answer = "";
  for (let attempt = 0; attempt < 50 && answer === ""; attempt += 1) {
    answer = await askSocket(path, "/_ping").then(bodyOf, () => "");
  }
  assert.equal(answer, "OK");
  daemon.child.kill("SIGTERM");
  assert.equal((await daemon.exit).code, 0);
  assert.ok(existsSync(path));
});

function descriptorOf(server: object): number {
  const handle: unknown = Reflect.get(server, "_handle");
  const descriptor: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  assert.ok(typeof descriptor === "number");
  return descriptor;
}

test("a descriptor that is no listening unix socket is refused", async () => {
  const { code, stderr } = await startWith(openSync("/dev/null", "r")).exit;
  assert.deepEqual([code, stderr], [1, 'slipwayd: cannot listen on "fd://3": descriptor 3 is not a listening unix socket\n']);
});
