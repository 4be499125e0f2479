import assert from "node:assert/strict";
import { test } from "node:test";

import { busyboxTar, cannotRun } from "../../runtime/chains.ts";
import { lines, openDocker, skip } from "./docker.ts";

const FOREVER = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done";
const NONE = ["--network", "none"];

test("docker run, and what becomes of containers", { skip: skip || cannotRun() }, async (t) => {
  await using docker = await openDocker();
  await docker.run(["import", "-", "box:1"], { stdin: await busyboxTar() });

  async function background(name: string): Promise<string> {
    const id = (await docker.print("run", "-d", ...NONE, "--name", name, "box:1", "sh", "-c", FOREVER)).trim();
    for await (const line of docker.follow("logs", "-f", name)) if (line === "ready") break;
    return id;
  }

  await t.test("run gives output and exit code on, and leaves nothing with --rm", async () => {
    const script = "echo out; echo err >&2; exit 7";
    const ran = await docker.run(["run", "--rm", ...NONE, "box:1", "sh", "-c", script]);
    assert.deepEqual(ran, { status: 7, stdout: "out\n", stderr: "err\n" });
    assert.equal(await docker.print("ps", "-aq"), "");
  });

  await t.test("run hands its input on", async () => {
    const ran = await docker.run(["run", "--rm", "-i", ...NONE, "box:1", "cat"], { stdin: Buffer.from("said\n") });
    assert.deepEqual(ran, { status: 0, stdout: "said\n", stderr: "" });
  });

  await t.test("run of a program that is not there has the exit code of a shell", async () => {
    const { status, stderr } = await docker.run(["run", "--rm", ...NONE, "box:1", "nosuch"]);
    assert.equal(status, 127);
    assert.match(stderr, /exec: "nosuch": executable file not found in \$PATH/);
  });

  await t.test("create, start, pause, top, rename, stop, wait, inspect and rm", async () => {
    const id = await background("first");
    assert.equal(await docker.print("ps", "-q", "--no-trunc"), `${id}\n`);
    assert.match(await docker.print("top", "first"), /sh -c trap/);
    assert.equal(await docker.print("pause", "first"), "first\n");
    assert.match(
      await docker.print("ps", "--format", "{{.Names}} {{.Image}} {{.State}} {{.Status}}"),
      /^first box:1 paused Up .* \(Paused\)\n$/,
    );
    await docker.print("unpause", "first");
    await docker.print("rename", "first", "second");
    const waiting = docker.print("wait", "second");
    assert.equal(await docker.print("stop", "second"), "second\n");
    assert.equal(await waiting, "3\n");
    assert.equal(await docker.print("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}} {{.Name}}", "second"), "exited 3 /second\n");
    assert.match(await docker.print("ps", "-a", "--filter", "status=exited", "--format", "{{.Names}} {{.Status}}"), /^second Exited \(3\)/);
    assert.equal(await docker.print("start", "second"), "second\n");
    const refused = await docker.run(["rm", "second"]);
    assert.deepEqual([refused.status, refused.stdout], [1, ""]);
    assert.match(refused.stderr, /container is running: stop the container before removing or force remove/);
    assert.equal(await docker.print("rm", "-f", "second"), "second\n");
    assert.match((await docker.run(["start", "second"])).stderr, /No such container: second/);
  });

  await t.test("kill, restart and update", async () => {
    await background("third");
    assert.equal(await docker.print("update", "--memory", "50m", "--memory-swap", "60m", "third"), "third\n");
    assert.equal(await docker.print("inspect", "-f", "{{.HostConfig.Memory}}", "third"), `${50 * 1024 * 1024}\n`);
    assert.equal(await docker.print("restart", "-t", "0", "third"), "third\n");
    assert.equal(await docker.print("kill", "third"), "third\n");
    assert.equal(await docker.print("wait", "third"), "137\n");
    await docker.print("rm", "third");
  });

  await t.test("create tells of conflicts; prune and system df count what is there", async () => {
    const create = ["create", ...NONE, "--name", "kept", "box:1", "true"];
    const id = (await docker.print(...create)).trim();
    assert.match((await docker.run(create)).stderr, /Conflict\. The container name "\/kept" is already in use by container/);
    assert.match((await docker.run(["rmi", "box:1"])).stderr, /conflict: unable to remove repository reference "box:1"/);
    const [, images, containers] = lines(await docker.print("system", "df"));
    assert.match(String(images), /^Images +1 +1 /);
    assert.match(String(containers), /^Containers +1 +0 /);
    assert.match(await docker.print("info", "--format", "{{.Containers}} {{.ContainersStopped}} {{.DefaultRuntime}}"), /^1 1 runc\n$/);
    assert.deepEqual(lines(await docker.print("container", "prune", "-f")), ["Deleted Containers:", id, "Total reclaimed space: 0B"]);
    assert.deepEqual(lines(await docker.print("network", "ls", "--format", "{{.Name}} {{.Driver}}")), [
      "bridge bridge",
      "host host",
      "none null",
    ]);
  });
});
