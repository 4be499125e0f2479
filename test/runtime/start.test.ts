import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf } from "./chains.ts";
import { Machine, saidBy } from "./machine.ts";

describe("a container that is started", { skip: cannotRun() }, () => {
  let machine: Machine;
  let chain: SnapshotLayer[];

  before(async () => {
    machine = await Machine.open();
    chain = chainOf(await busyboxTar());
  });
  after(() => machine[Symbol.asyncDispose]());

  test("runs until it ends, and says how", async () => {
    await using container = await machine.start("echo out; echo err >&2; exit 7", { chain });
    assert.deepEqual(await saidBy(container), { stdout: "out\n", stderr: "err\n" });
    assert.deepEqual(await container.ended, { exitCode: 7, isOomKilled: false });
    assert.equal(existsSync(`/proc/${container.pid}`), false);
  });

  test("reads what is written to it, to its end", async () => {
    await using container = await machine.start("cat; echo over", { chain, keepsInputOpen: true });
    const said = saidBy(container);
    const large = "x".repeat(300_000);
    await container.input?.write(Buffer.from(`one\n${large}`));
    await container.input?.write(Buffer.from("\ntwo\n"));
    container.input?.end();
    assert.equal((await said).stdout, `one\n${large}\ntwo\nover\n`);
  });

  test("finds an empty input unless it is kept open", async () => {
    await using container = await machine.start("cat; echo over", { chain });
    assert.equal(container.input, undefined);
    assert.equal((await saidBy(container)).stdout, "over\n");
  });

  test("takes what is written after its end as written to nobody", async () => {
    await using container = await machine.start("true", { chain, keepsInputOpen: true });
    await container.ended;
    await container.input?.write(Buffer.from("nobody"));
  });

  test("ends although nobody reads its output, which can be read later", async () => {
    await using container = await machine.start("echo late", { chain });
    await container.ended;
    assert.equal((await saidBy(container)).stdout, "late\n");
  });

  test("goes on when whoever read its output leaves", async () => {
    await using container = await machine.start("busybox head -c 1000000 /dev/zero && exit 3", { chain });
    for await (const { bytes } of container.output) {
      assert.ok(bytes.byteLength > 0);
      break;
    }
    assert.equal((await container.ended).exitCode, 3);
  });

  test("gets signals by number, and its end tells which one ended it", async () => {
    await using trapping = await machine.start("trap 'echo got; exit 9' USR1; echo on; while :; do sleep 0.01; done", { chain });
    let said = "";
    for await (const { bytes } of trapping.output) {
      said += Buffer.from(bytes).toString();
      if (said === "on\n") await trapping.signal(10);
    }
    assert.equal(said, "on\ngot\n");
    assert.equal((await trapping.ended).exitCode, 9);
    await assert.rejects(trapping.signal(10), (error) => isEngineError(error, "not-found"));
    await using endless = await machine.start("sleep 1000", { chain });
    await endless.signal(9);
    assert.deepEqual(await endless.ended, { exitCode: 137, isOomKilled: false });
  });

  test("is killed with everything in it by disposing of it", async () => {
    const container = await machine.start("sleep 1000 & sleep 1000 & wait", { chain });
    await container[Symbol.asyncDispose]();
    assert.equal((await container.ended).exitCode, 137);
    assert.deepEqual(readdirSync(`${machine.root}/runtime/bundles`), []);
  });

  test("does not start when the call is aborted, at any moment", async () => {
    for (const wait of [0, 2, 5, 10, 20, 30, 45]) {
      const abort = new AbortController();
      const started = machine.start("sleep 1000", { chain, signal: abort.signal });
      setTimeout(() => abort.abort(), wait);
      await started.then(
        (container) => container[Symbol.asyncDispose](),
        (error: unknown) => assert.ok(isEngineError(error, "cancelled"), `after ${wait} ms`),
      );
      assert.deepEqual(readdirSync(`${machine.root}/runtime/bundles`), []);
    }
  });

  const GREEDY = "busybox tail -c 100m /dev/zero >/dev/null";
  const limits = { memory: 16 * 1024 * 1024, memorySwap: 16 * 1024 * 1024 };

  test("that the kernel kills for lack of memory says so", async () => {
    await using container = await machine.start(`exec ${GREEDY}`, { chain, limits });
    assert.deepEqual(await container.ended, { exitCode: 137, isOomKilled: true });
    await container.outOfMemory;
  });

  test("says so as well when only something in it is killed, as soon as it is", async () => {
    await using container = await machine.start(`${GREEDY}; cat`, { chain, limits, keepsInputOpen: true });
    await container.outOfMemory;
    container.input?.end();
    assert.deepEqual(await container.ended, { exitCode: 0, isOomKilled: true });
  });
});
