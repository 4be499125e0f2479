import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf } from "./chains.ts";
import { Machine, namesOf } from "./machine.ts";

describe("a process in a container", { skip: cannotRun() }, () => {
  let machine: Machine;
  let chain: SnapshotLayer[];

  before(async () => {
    machine = await Machine.open();
    chain = chainOf(await busyboxTar());
  });
  after(() => machine[Symbol.asyncDispose]());

  test("gives its exit code, and what it writes on each of its streams", async () => {
    const { exitCode, stdout, stderr } = await machine.run("echo out; echo err >&2; exit 7", { chain });
    assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 7, stdout: "out\n", stderr: "err\n" });
  });

  test("may open its own standard output by name, for it is a pipe", async () => {
    const { stdout } = await machine.run("echo named > /dev/stdout", { chain });
    assert.equal(stdout, "named\n");
  });

  test("leaves what it changed as a layer, and nothing of what was mounted for it", async () => {
    const { layer } = await machine.run("mkdir -p /a/d; touch /a-b /a/b; rm /bin/false; echo x >> /etc/hosts; touch /tmp/t /dev/shm/s", {
      chain,
    });
    assert.deepEqual(await namesOf(layer), ["a/", "a/b", "a/d/", "a-b", "bin/", "bin/.wh.false", "tmp/", "tmp/t"]);
  });

  test("that changes nothing leaves a tar without entries", async () => {
    assert.deepEqual(await namesOf((await machine.run("true", { chain })).layer), []);
  });

  const CANNOT_START =
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";

  test("that cannot be found is told in Docker's words, and not as its output", async () => {
    const seen: string[] = [];
    for (const [program, reason] of [
      ["/nosuch", 'exec: "/nosuch": stat /nosuch: no such file or directory'],
      ["nosuch", 'exec: "nosuch": executable file not found in $PATH'],
    ] as const) {
      const run = machine.run([program], { chain, onOutput: ({ bytes }) => void seen.push(Buffer.from(bytes).toString()) });
      await assert.rejects(run, (error) => isEngineError(error, "invalid-argument") && error.message === `${CANNOT_START}${reason}`);
    }
    assert.deepEqual(seen, []);
  });
});
