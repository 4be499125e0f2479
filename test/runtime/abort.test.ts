import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf } from "./chains.ts";
import { Machine } from "./machine.ts";

describe("a process that is ended", { skip: cannotRun() }, () => {
  let machine: Machine;
  let chain: SnapshotLayer[];

  before(async () => {
    machine = await Machine.open();
    chain = chainOf(await busyboxTar());
  });
  after(() => machine[Symbol.asyncDispose]());

  /** Aborts at the first output, and says what is left when the call is over. */
  async function abortAtOutput(command: string, network: "none" | "default" = "none"): Promise<void> {
    const abort = new AbortController();
    const run = machine.run(command, { chain, network, signal: abort.signal, onOutput: () => abort.abort() });
    await assert.rejects(run, (error) => isEngineError(error, "cancelled"));
    assertNothingLeft(machine.root);
  }

  test("takes everything along that it started", () => abortAtOutput("busybox setsid sleep 1000 & sleep 1000 & echo on; wait"));

  test("ends even when it ignores every signal", () => abortAtOutput("trap '' TERM INT HUP; echo on; while :; do sleep 1000; done"));

  test("ends while it makes processes without end", async () => {
    const abort = new AbortController();
    const limits = { pids: 200 };
    const bomb = "echo on; bomb() { bomb | bomb & }; bomb; sleep 1000";
    const run = machine.run(bomb, { chain, limits, signal: abort.signal, onOutput: () => abort.abort() });
    await assert.rejects(run, (error) => isEngineError(error, "cancelled"));
    assertNothingLeft(machine.root);
  });

  test("ends with its network", { skip: !existsSync("/usr/bin/slirp4netns") && "slirp4netns is not installed" }, () =>
    abortAtOutput("echo on; sleep 1000", "default"),
  );

  test("ends although nobody takes its output", async () => {
    const abort = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const run = machine.run("cat /dev/zero", {
      chain,
      signal: abort.signal,
      onOutput: () => {
        abort.abort();
        return waiting.promise;
      },
    });
    await assert.rejects(run, (error) => isEngineError(error, "cancelled"));
    assertNothingLeft(machine.root);
  });

  test("ends when whoever takes its output fails", async () => {
    const onOutput = (): never => {
      throw new Error("the client is gone");
    };
    await assert.rejects(machine.run("echo on; sleep 1000", { chain, onOutput }), /the client is gone/);
    assertNothingLeft(machine.root);
  });

  test("does not begin when the call was aborted before", async () => {
    await assert.rejects(machine.run("true", { chain, signal: AbortSignal.abort() }), (error) => isEngineError(error, "cancelled"));
    assertNothingLeft(machine.root);
  });

  test("at any moment of its start leaves nothing", async () => {
    for (const wait of [1, 5, 10, 20, 30, 40, 60]) {
      const run = machine.run("sleep 1000", { chain, signal: AbortSignal.timeout(wait) });
      await assert.rejects(run, (error) => isEngineError(error, "cancelled"), `after ${wait} ms`);
      assertNothingLeft(machine.root);
    }
  });

  test("writes without end into bounded memory, for it waits until its output is taken", async () => {
    const abort = new AbortController();
    let taken = 0;
    let largest = 0;
    const run = machine.run("cat /dev/zero", {
      chain,
      signal: abort.signal,
      onOutput: async ({ bytes }) => {
        await new Promise((resolve) => setImmediate(resolve));
        taken += bytes.byteLength;
        largest = Math.max(largest, bytes.byteLength);
        if (taken > 64 * 1024 * 1024) abort.abort();
      },
    });
    await assert.rejects(run, (error) => isEngineError(error, "cancelled"));
    assert.ok(largest <= 1024 * 1024, `a chunk of ${largest} bytes`);
  });
});

test("what an engine that was killed left running and mounted is gone when the next one opens", { skip: cannotRun() }, async () => {
  const root = mkdtempSync(join(tmpdir(), "slipway-run-"));
  const program = join(import.meta.dirname, "endless-run.ts");
  const engine = spawn(process.execPath, ["--conditions=source", program, root], { stdio: ["ignore", "pipe", "inherit"] });
  await once(engine.stdout, "data");
  assert.ok(readFileSync("/proc/self/mountinfo", "utf8").includes(root), "it is mounted");
  const notes = readlinkSync(join(root, "runtime"));
  assert.ok(notes.startsWith("/dev/shm/slipway-run-") && readdirSync(join(notes, "bundles")).length === 1);
  assert.equal(commandsWith(notes).length, 1);
  engine.kill("SIGKILL");
  await once(engine, "exit");
  await using machine = await Machine.open(root);
  // A runtime that goes on would write its notes again.
  assert.deepEqual(commandsWith(notes), []);
  assertNothingLeft(root, engine.pid);
  assert.equal(existsSync(notes), false);
  await machine.snapshots.prune();
  assert.deepEqual(readdirSync(join(root, "snapshots", "trash")), []);
});

test("a layer that was half unpacked when the engine was killed is no tree", { skip: cannotRun() }, async () => {
  const root = mkdtempSync(join(tmpdir(), "slipway-run-"));
  const program = join(import.meta.dirname, "half-unpacked.ts");
  const engine = spawn(process.execPath, ["--conditions=source", program, root], { stdio: ["ignore", "pipe", "inherit"] });
  await once(engine.stdout, "data");
  engine.kill("SIGKILL");
  await once(engine, "exit");
  await using machine = await Machine.open(root);
  assertNothingLeft(root, engine.pid);
  assert.deepEqual(readdirSync(join(root, "snapshots", "trees")), []);
  assert.equal((await machine.run("true", { chain: chainOf(await busyboxTar()) })).exitCode, 0);
});

/** No mount, no bundle, no container that the runtime knows, no unfinished snapshot, no control group: so no process. */
function assertNothingLeft(root: string, pid = process.pid): void {
  assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(root), "something is still mounted");
  for (const name of ["bundles", "runc", "crun"]) {
    // What crun keeps for itself begins with a dot.
    const left = readdirSafely(join(root, "runtime", name)).filter((each) => !each.startsWith("."));
    assert.deepEqual(left, []);
  }
  assert.deepEqual(readdirSync(join(root, "snapshots", "active")), []);
  const groups = ["", ...readdirSync("/sys/fs/cgroup")].map((hierarchy) => join("/sys/fs/cgroup", hierarchy));
  const left = groups.filter((path) => !path.includes(".")).flatMap((path) => readdirSafely(path));
  assert.deepEqual(
    left.filter((name) => name.startsWith(`slipway-${pid}-`)),
    [],
  );
}

function readdirSafely(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Of everything that runs. */
function commandsWith(words: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(commandOf).filter((command) => command.includes(words));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
