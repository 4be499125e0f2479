import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { STUB, askSocket, bodyOf, startProgram } from "./run-program.ts";
import type { RunningProgram } from "./run-program.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-stop-"));
after(() => rmSync(folder, { recursive: true }));

let started = 0;

/** A daemon that is ready to serve, with a socket of its own. */
async function start(...flags: readonly string[]): Promise<{ readonly daemon: RunningProgram; readonly socket: string }> {
  started += 1;
  const socket = join(folder, `${started}.sock`);
  const daemon = startProgram(STUB, ["--host", `unix://${socket}`, "--data-root", folder, ...flags]);
  await daemon.says("daemon: ready");
  return { daemon, socket };
}

/** Past the time in which two signals count as one key press. */
async function pressAgain(daemon: RunningProgram, signal: NodeJS.Signals): Promise<void> {
  await delay(300);
  daemon.child.kill(signal);
}

test("it says where it is and what to type next", async () => {
  const { daemon, socket } = await start();
  await using _ = daemon;
  await daemon.says("Try next:");
  assert.match(daemon.stdout, new RegExp(`\\n  socket     unix://${socket}\\n  data root  ${folder}\\n`));
  assert.equal(daemon.stdout.split("Try next:\n")[1]?.trimEnd().split("\n").length, 3);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} takes no new requests, lets running ones finish, closes the engine and leaves no socket`, async () => {
    const { daemon, socket } = await start();
    await using _ = daemon;
    const first = await askSocket(socket, "/held?name=a");
    const second = await askSocket(socket, "/held?name=b");
    daemon.child.kill(signal);
    await daemon.says("daemon: stopping");
    await assert.rejects(askSocket(socket, "/_ping"), { code: "ENOENT" });
    assert.equal(daemon.child.exitCode, null);
    for (const response of [first, second]) response.destroy();
    const { code, stdout, stderr } = await daemon.exit;
    assert.deepEqual([code, existsSync(socket)], [0, false]);
    assert.match(stdout, /closed [ab]\nclosed [ab]\nengine closed\n$/);
    assert.match(stderr, new RegExp(`level=info msg="daemon: stopping" signal=${signal} requests=2\\n.*msg="daemon: stopped"\\n$`));
  });
}

test("a running request gets its whole answer after the stop began", async () => {
  const { daemon, socket } = await start();
  await using _ = daemon;
  const stream = await askSocket(socket, "/stream");
  daemon.child.kill("SIGTERM");
  assert.equal(await bodyOf(stream), "line\nend\n");
  assert.equal((await daemon.exit).code, 0);
});

test("a second signal cuts running requests and still closes the engine", async () => {
  const { daemon, socket } = await start("--shutdown-timeout", "-1");
  await using _ = daemon;
  const held = await askSocket(socket, "/held?name=a");
  daemon.child.kill("SIGTERM");
  await daemon.says("daemon: stopping");
  await pressAgain(daemon, "SIGTERM");
  await assert.rejects(bodyOf(held), { code: "ECONNRESET" });
  const { code, stdout, stderr } = await daemon.exit;
  assert.equal(code, 0);
  assert.match(stdout, /closed a\nengine closed\n$/);
  assert.match(stderr, /level=warn msg="daemon: cutting off running requests" requests=1/);
});

test("two signals of one key press are one", async () => {
  const { daemon, socket } = await start();
  await using _ = daemon;
  const stream = await askSocket(socket, "/stream");
  daemon.child.kill("SIGINT");
  daemon.child.kill("SIGTERM");
  assert.equal(await bodyOf(stream), "line\nend\n");
  const { code, stderr } = await daemon.exit;
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /cutting off/);
});

test("when the grace is over running requests are cut", async () => {
  const { daemon, socket } = await start("--shutdown-timeout", "0");
  await using _ = daemon;
  const held = await askSocket(socket, "/held?name=a");
  daemon.child.kill("SIGTERM");
  await assert.rejects(bodyOf(held), { code: "ECONNRESET" });
  const { code, stdout } = await daemon.exit;
  assert.equal(code, 0);
  assert.match(stdout, /closed a\nengine closed\n$/);
});

test("a bug is logged with its stack, and the engine is closed before the exit", async () => {
  const { daemon, socket } = await start();
  await using _ = daemon;
  await assert.rejects(askSocket(socket, "/bug"));
  const { code, stdout, stderr } = await daemon.exit;
  assert.equal(code, 1);
  assert.match(stdout, /engine closed\n$/);
  assert.match(
    stderr,
    /level=error msg="daemon: stopping because of a bug" requests=1 error="Error: planted bug\\n {4}at .*stub-daemon\.ts/,
  );
});

test("SIGHUP reads labels and log level again, and a bad file changes nothing", async () => {
  const file = join(folder, "reload.json");
  writeFileSync(file, "{}");
  const { daemon } = await start("--config-file", file);
  await using _ = daemon;
  writeFileSync(file, '{"debug":"no"}');
  daemon.child.kill("SIGHUP");
  await daemon.says('msg="daemon: configuration not reloaded"');
  writeFileSync(file, '{"log-level":"warn"}');
  daemon.child.kill("SIGHUP");
  await delay(100);
  daemon.child.kill("SIGTERM");
  const { stderr } = await daemon.exit;
  assert.doesNotMatch(stderr, /msg="daemon: stopped"/);
});

test("a pid file is there while the daemon runs", async () => {
  const path = join(folder, "daemon.pid");
  const { daemon } = await start("--pidfile", path);
  await using _ = daemon;
  assert.equal(readFileSync(path, "utf8"), `${daemon.child.pid}\n`);
  daemon.child.kill("SIGTERM");
  await daemon.exit;
  assert.ok(!existsSync(path));
});

test("a second daemon at the same socket is refused and leaves the first alone", async () => {
  const { daemon, socket } = await start();
  await using _ = daemon;
  const { code, stdout, stderr } = await startProgram(STUB, ["-H", `unix://${socket}`, "--data-root", folder]).exit;
  assert.equal(code, 1);
  assert.equal(stdout, "engine closed\n");
  assert.equal(stderr, `slipwayd: cannot listen on "unix://${socket}": another process answers there\n`);
  assert.equal(await bodyOf(await askSocket(socket, "/_ping")), "OK");
});

test("one message lists all mistakes, and nothing is started", async () => {
  const { code, stdout, stderr } = await startProgram(STUB, ["--foo", "-H", "tcp://0.0.0.0"]).exit;
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(
    stderr,
    "slipwayd: 2 mistakes in the configuration, nothing was started\n  unknown flag: --foo\n  " +
      'cannot listen on "tcp://0.0.0.0:2375": other machines could take over this one, expected --tlsverify with --tlscacert, --tlscert and --tlskey\n',
  );
});

test("--validate, --version and --help answer and exit", async () => {
  const empty = join(folder, "validate.json");
  writeFileSync(empty, "");
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["--validate", "--config-file", empty], 0, /^configuration OK\n$/],
    [["--validate", "--foo"], 1, /^$/],
    [["--version"], 0, /^slipwayd version \d+\.\d+\.\d+/],
    [["--help"], 0, /^Usage: slipwayd \[flags\]\n[^]*--host/],
  ];
  for (const [args, code, words] of cases) {
    const ended = await startProgram(STUB, args).exit;
    assert.equal(ended.code, code, args.join(" "));
    assert.match(ended.stdout, words);
  }
});
