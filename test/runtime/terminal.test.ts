import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { RunningProcess } from "#runtime";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf } from "./chains.ts";
import { Machine, saidBy } from "./machine.ts";

const SIZE = { rows: 30, columns: 100 };

describe("a process on a terminal", { skip: cannotRun() }, () => {
  let machine: Machine;
  let chain: SnapshotLayer[];

  before(async () => {
    machine = await Machine.open();
    chain = chainOf(await busyboxTar());
  });
  after(() => machine[Symbol.asyncDispose]());

  test("finds one on all of its streams, of the size that was asked for, and says what kind it is", async () => {
    const command = "for fd in 0 1 2; do test -t $fd && echo $fd; done; busybox stty size; tty; echo $TERM >&2; exit 7";
    await using container = await machine.start(command, { chain, terminal: SIZE });
    assert.deepEqual(await saidBy(container), { stdout: "0\r\n1\r\n2\r\n30 100\r\n/dev/pts/0\r\nxterm\r\n", stderr: "" });
    assert.deepEqual(await container.ended, { exitCode: 7, isOomKilled: false });
  });

  test("reads what is typed: lines are echoed, control characters are signals and the end of its input", async () => {
    const command =
      "echo on; read line; echo got $line; cat; trap 'echo interrupted; cat; exit 0' INT; echo over; while :; do sleep 0.02; done";
    await using container = await machine.start(command, { chain, terminal: SIZE, keepsInputOpen: true });
    const typed = [
      ["on\r\n", "one\n"],
      ["got one\r\n", "two\n\u0004"],
      ["over\r\n", "\u0003"],
      ["interrupted\r\n", "\u0004"],
    ];
    let said = "";
    for await (const { bytes } of container.output) {
      said += Buffer.from(bytes).toString();
      for (; typed[0] !== undefined && said.includes(typed[0][0] ?? ""); typed.shift()) await type(container, typed[0][1]);
    }
    await type(container, "nobody");
    assert.deepEqual(typed, []);
    assert.match(said, /^on\r\none\r\ngot one\r\ntwo\r\ntwo\r\nover\r\n\^Cinterrupted\r\n/);
    assert.equal((await container.ended).exitCode, 0);
  });

  test("stays when whoever typed has no more to say", async () => {
    await using container = await machine.start("read line; echo got $line", { chain, terminal: SIZE, keepsInputOpen: true });
    container.input?.end();
    await type(container, "later\n");
    assert.match((await saidBy(container)).stdout, /got later/);
  });

  test("waits for input that nobody may give", async () => {
    await using container = await machine.start("echo on; read line; echo gone on", { chain, terminal: SIZE });
    assert.equal(container.input, undefined);
    for await (const { bytes } of container.output) {
      assert.equal(Buffer.from(bytes).toString(), "on\r\n");
      break;
    }
    await container[Symbol.asyncDispose]();
    assert.equal((await container.ended).exitCode, 137);
  });

  test("is told when its size changes", async () => {
    const command = "trap 'busybox stty size; exit 3' WINCH; echo on; while :; do sleep 0.02; done";
    await using container = await machine.start(command, { chain, terminal: SIZE });
    let said = "";
    for await (const { bytes } of container.output) {
      said += Buffer.from(bytes).toString();
      if (said === "on\r\n") await container.resize({ rows: 50, columns: 132 });
    }
    assert.equal(said, "on\r\n50 132\r\n");
    assert.equal((await container.ended).exitCode, 3);
    await assert.rejects(container.resize(SIZE), (error) => isEngineError(error, "not-found"));
  });

  test("gets and says any byte, and loses none of much", async () => {
    const command = "busybox stty raw -echo; echo ready; busybox head -c 256 | busybox od -An -v -tx1; busybox head -c 3000000 /dev/zero";
    await using container = await machine.start(command, { chain, terminal: SIZE, keepsInputOpen: true });
    const every = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    let said = Buffer.alloc(0);
    let isReady = false;
    for await (const { bytes } of container.output) {
      said = Buffer.concat([said, bytes]);
      if (!isReady && said.includes("ready")) await container.input?.write(every);
      isReady ||= said.includes("ready");
    }
    const zeros = said.subarray(said.indexOf(0));
    assert.equal(zeros.byteLength, 3_000_000);
    const dumped = said.subarray(said.indexOf("ready") + 5, said.indexOf(0)).toString();
    assert.equal(dumped.replaceAll(/\s/g, ""), every.toString("hex"));
  });

  test("is one more in a container that runs, with one of its own", async () => {
    await using container = await machine.start("sleep 1000", { chain });
    const args = ["/bin/sh", "-c", "busybox stty size; echo $TERM; read line; echo got $line; exit 4"];
    await using process = await container.exec({ args, terminal: SIZE, keepsInputOpen: true });
    await type(process, "typed\n");
    // What is typed is shown when it comes, wherever that is.
    assert.match((await saidBy(process)).stdout, /30 100\r\n(typed\r\n)?xterm\r\n(typed\r\n)?got typed\r\n$/);
    assert.equal((await process.ended).exitCode, 4);
  });

  test("that cannot be started is told in Docker's words, and leaves nothing", async () => {
    await assert.rejects(machine.start(["nope"], { chain, terminal: SIZE }), (error) => {
      assert.ok(isEngineError(error, "invalid-argument"));
      assert.match(error.message, /error during container init: exec: "nope": executable file not found in \$PATH$/);
      return true;
    });
    await using container = await machine.start("sleep 1000", { chain });
    await assert.rejects(container.exec({ args: ["nope"], terminal: SIZE, keepsInputOpen: false }), {
      message: /^OCI runtime exec failed: .* exec: "nope": executable file not found in \$PATH$/,
    });
  });

  test("gets signals, and is gone with its terminal", async () => {
    await using container = await machine.start("trap 'exit 9' TERM; echo on; while :; do sleep 0.02; done", { chain, terminal: SIZE });
    for await (const { bytes } of container.output) if (Buffer.from(bytes).includes("on")) await container.signal(15);
    assert.equal((await container.ended).exitCode, 9);
    assert.equal(existsSync(`/proc/${container.pid}`), false);
  });
});

async function type(process: RunningProcess, text = ""): Promise<void> {
  await process.input?.write(Buffer.from(text));
}
