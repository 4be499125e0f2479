import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isEngineError } from "#errors";
import type { SnapshotLayer } from "#snapshots";
import { busyboxTar, cannotRun, chainOf } from "./chains.ts";
import { headersOf, Machine, namesOf } from "./machine.ts";

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

  test("leaves the layer that BuildKit makes of the same commands: order, modes, markers, links, whole seconds", async () => {
    const base = await machine.run(
      "mkdir -p /w/d /r; echo 1 > /w/d/x; echo 2 > /w/a-b; mkdir /w/a; echo 3 > /w/a/b; echo > /gone; touch /r/f",
      { chain },
    );
    const { layer } = await machine.run(
      `rm -r /gone /r /w/d; mkdir /w/d; echo n > /w/d/n; ln /w/a-b /w/hl; ln -s q /w/sl; mkfifo /w/ff; chmod 4755 /w/a-b
       chmod 700 /; mknod /nul c 1 3; chown 5:6 /w/a; touch -d '2001-02-03 04:05:06' /w/a/b /w/d`,
      { chain: chainOf(await busyboxTar(), base.layer) },
    );
    const lines = (await headersOf(layer)).map(({ type, mode, uid, gid, size, path, linkPath, mtime, devMajor, devMinor }) => {
      assert.equal(mtime.nanoseconds, 0);
      const seconds = mtime.seconds > 1e9 ? "now" : mtime.seconds;
      return [type, mode.toString(8), `${uid}:${gid}`, size, path, linkPath, seconds, `${devMajor},${devMinor}`].join(" ");
    });
    assert.deepEqual(lines, [
      "file 0 0:0 0 .wh.gone  0 0,0",
      // A marker stands where what it hides would stand.
      "char-device 644 0:0 0 nul  now 1,3",
      "file 0 0:0 0 .wh.r  0 0,0",
      "directory 755 0:0 0 w/  now 0,0",
      "directory 755 5:6 0 w/a/  now 0,0",
      "file 644 0:0 2 w/a/b  981173106 0,0",
      "file 4755 0:0 2 w/a-b  now 0,0",
      "directory 755 0:0 0 w/d/  981173106 0,0",
      "file 755 0:0 0 w/d/.wh..wh..opq  0 0,0",
      "file 644 0:0 2 w/d/n  now 0,0",
      "fifo 644 0:0 0 w/ff  now 0,0",
      "hardlink 4755 0:0 0 w/hl w/a-b now 0,0",
      "symlink 777 0:0 0 w/sl q now 0,0",
    ]);
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
