import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { ExecSpec, RunningContainer } from "#runtime";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf } from "./chains.ts";
import { Machine, saidBy } from "./machine.ts";

describe("in a container that runs", { skip: cannotRun() }, () => {
  let machine: Machine;
  let chain: SnapshotLayer[];
  let container: RunningContainer;

  before(async () => {
    machine = await Machine.open();
    const tables = { passwd: "root:x:0:0::/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\n", group: "wheel:x:10:bob\n" };
    chain = chainOf(await busyboxTar(tables));
    container = await machine.start("touch /plain; sleep 1000 & wait", { chain, hostname: "box", env: ["A=1", "B=2"], cwd: "/tmp" });
  });
  after(() => machine[Symbol.asyncDispose]());

  async function exec(command: string | readonly string[], more: Partial<ExecSpec> = {}): Promise<{ said: string; exitCode: number }> {
    const args = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    await using process = await container.exec({ args, keepsInputOpen: false, ...more });
    const { stdout, stderr } = await saidBy(process);
    return { said: stdout + stderr, exitCode: (await process.ended).exitCode };
  }

  test("one more process has its own streams and exit code", async () => {
    await using process = await container.exec({ args: ["/bin/sh", "-c", "cat; echo err >&2; exit 5"], keepsInputOpen: true });
    assert.ok((await container.processes()).includes(process.pid));
    const said = saidBy(process);
    await process.input?.write(Buffer.from("in\n"));
    process.input?.end();
    assert.deepEqual(await said, { stdout: "in\n", stderr: "err\n" });
    assert.deepEqual(await process.ended, { exitCode: 5, isOomKilled: false });
  });

  test("it is who and where the first one is, with the same variables, unless something else is said", async () => {
    assert.match((await exec("id; pwd; echo $A$B $HOSTNAME $HOME")).said, /^uid=0(.|\n)*\n\/tmp\n12 box \/root\n$/);
    const other = await exec("id; pwd; echo $A$B$C", { user: "bob", cwd: "/", env: ["B=3", "C=4"] });
    assert.match(other.said, /^uid=1000(\(bob\))? gid=1001 groups=10(\(wheel\))?,1001\n\/\n134\n$/);
  });

  test("it has the container's capabilities, or all of them", async () => {
    const effective = async (more: Partial<ExecSpec>): Promise<string | undefined> =>
      /CapEff:\s*(\w+)/.exec((await exec("cat /proc/self/status", more)).said)?.[1];
    assert.equal(await effective({}), "00000000a80425fb");
    assert.equal(await effective({ isPrivileged: true }), /CapPrm:\s*(\w+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
    assert.equal(await effective({ isPrivileged: true, user: "bob" }), "0000000000000000");
  });

  test("a signal ends it alone", async () => {
    await using process = await container.exec({ args: ["sleep", "1000"], keepsInputOpen: false });
    await process.signal(15);
    assert.equal((await process.ended).exitCode, 143);
    await assert.rejects(process.signal(15), (error) => isEngineError(error, "not-found"));
    assert.ok(existsSync(`/proc/${container.pid}`));
  });

  const CANNOT = "OCI runtime exec failed: exec failed: unable to start container process: ";
  for (const [program, words, exitCode] of [
    ["nope", `${CANNOT}exec: "nope": executable file not found in $PATH`, 127],
    ["/nope/x", `${CANNOT}exec: "/nope/x": stat /nope/x: no such file or directory`, 127],
    ["/plain", `${CANNOT}exec: "/plain": permission denied`, 126],
  ] as const) {
    test(`${program} cannot be started, in Docker's words`, async () => {
      await assert.rejects(exec([program]), (error) => {
        assert.ok(isEngineError(error, "invalid-argument"));
        assert.deepEqual([error.message, error.details], [words, { exitCode }]);
        return true;
      });
    });
  }

  test("a user and a folder that there are none of are told", async () => {
    await assert.rejects(exec("true", { user: "nobody2" }), {
      kind: "not-found",
      message: "unable to find user nobody2: no matching entries in passwd file",
    });
    await assert.rejects(exec("true", { cwd: "/none" }), { kind: "invalid-argument", message: /chdir.*"\/none".*no such file/ });
  });

  test("everything stands still while it is paused", async () => {
    await using busy = await machine.start("while :; do echo x; sleep 0.01; done", { chain });
    const reading = busy.output[Symbol.asyncIterator]();
    await reading.next();
    await busy.pause();
    assert.match(readFileSync(`/proc/${busy.pid}/status`, "utf8"), /State:\s*D|State:\s*S/);
    assert.match(frozen(busy.pid), /FROZEN|1/);
    await busy.resume();
    assert.doesNotMatch(frozen(busy.pid), /FROZEN|1/);
    await reading.next();
  });

  test("one that is paused can be killed", async () => {
    const paused = await machine.start("sleep 1000", { chain });
    await paused.pause();
    await paused[Symbol.asyncDispose]();
    assert.equal((await paused.ended).exitCode, 137);
  });

  test("what it uses is known, and its limits can be changed", async () => {
    await using limited = await machine.start("sleep 1000 & wait", { chain, limits: { memory: 64 * 1024 * 1024, pids: 50 } });
    await using process = await limited.exec({ args: ["/bin/sh", "-c", "echo $(cat /bin/busybox | wc -c); cat"], keepsInputOpen: true });
    for await (const { bytes } of process.output) {
      assert.ok(bytes.byteLength > 0);
      break;
    }
    const stats = await limited.stats();
    assert.ok(stats.pids.current >= 3 && stats.pids.limit === 50, JSON.stringify(stats.pids));
    assert.ok(stats.cpu.total > 1e6 && stats.cpu.system > stats.cpu.total && stats.cpu.onlineCpus > 0);
    assert.ok(stats.memory.usage > 4096 && stats.memory.limit === 64 * 1024 * 1024 && stats.memory.details.size > 10);
    assert.equal(stats.networks, undefined);
    await limited.update({ memory: 32 * 1024 * 1024, memorySwap: 64 * 1024 * 1024, pids: 40, cpuShares: 512 });
    const changed = await limited.stats();
    assert.deepEqual([changed.pids.limit, changed.memory.limit], [40, 32 * 1024 * 1024]);
  });

  test("the processes of the machine are told, and which are its own", async () => {
    const pids = await container.processes();
    assert.equal(pids.length, 2);
    assert.ok(pids.includes(container.pid));
    assert.deepEqual(
      pids,
      pids.toSorted((a, b) => a - b),
    );
  });

  test("what else runs ends with it, and nothing can be started, paused or signalled afterwards", async () => {
    const ending = await machine.start("sleep 1000", { chain });
    await using process = await ending.exec({ args: ["sleep", "1000"], keepsInputOpen: false });
    await ending.signal(9);
    await ending.ended;
    assert.equal((await process.ended).exitCode, 137);
    for (const attempt of [() => ending.exec({ args: ["true"], keepsInputOpen: false }), () => ending.pause(), () => ending.signal(9)]) {
      await assert.rejects(attempt(), (error) => isEngineError(error, "not-found"));
    }
    await ending[Symbol.asyncDispose]();
    assert.equal(readdirSync(`${machine.root}/runtime/bundles`).length, 1);
  });
});

/** By either version of control groups. */
function frozen(pid: number): string {
  const [, path = ""] = /^\d+:freezer:(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  const [, unified = ""] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
  const files = [`/sys/fs/cgroup/freezer${path}/freezer.state`, `/sys/fs/cgroup${unified}/cgroup.freeze`];
  return readFileSync(files.find((file) => existsSync(file)) ?? "", "utf8");
}
