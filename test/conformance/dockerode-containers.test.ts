import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import Dockerode from "dockerode";

import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { readTar, send, tarOf } from "../workbench/index.ts";
import { openDaemon } from "./daemon.ts";

const FOREVER = "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done";
const HostConfig = { NetworkMode: "none" };

test("dockerode, and what becomes of containers", { skip: cannotRun() }, async (t) => {
  await using daemon = await openDaemon();
  const headers = { "content-type": "application/x-tar" };
  await send(daemon.socket, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", headers, body: await busyboxTar() });
  const docker = new Dockerode({ socketPath: daemon.socket });

  await t.test("create, start, pause, top, rename, stop, wait, inspect and remove", async () => {
    const container = await docker.createContainer({ Image: "box:1", name: "first", Cmd: ["sh", "-c", FOREVER], HostConfig });
    await container.start();
    const said = await container.logs({ follow: true, stdout: true });
    await once(said, "data");
    await container.pause();
    assert.equal((await container.inspect()).State.Status, "paused");
    await container.unpause();
    assert.equal(((await container.top()) as { Titles: string[] }).Titles[1], "PID");
    await container.rename({ name: "second" });
    const [row] = await docker.listContainers({ filters: { name: ["second"] } });
    assert.deepEqual([row?.Id, row?.State], [container.id, "running"]);
    const waiting = container.wait() as Promise<{ StatusCode: number }>;
    await container.stop();
    assert.equal((await waiting).StatusCode, 3);
    assert.equal((await container.inspect()).State.ExitCode, 3);
    await container.remove();
    await assert.rejects(container.inspect(), { statusCode: 404 });
  });

  await t.test("files go in and out, and become an image", async () => {
    const container = await docker.createContainer({ Image: "box:1", Cmd: ["sh", "-c", "cat /tmp/in >/out"], HostConfig });
    await container.putArchive(tarOf([{ name: "in", data: "words" }]), { path: "/tmp" });
    await container.start();
    await container.wait();
    assert.deepEqual(await container.changes(), [
      { Path: "/out", Kind: 1 },
      { Path: "/tmp", Kind: 0 },
      { Path: "/tmp/in", Kind: 1 },
    ]);
    const stat: unknown = await container.infoArchive({ path: "/out" });
    assert.ok(stat !== undefined);
    const files = readTar(await bytesOf(await container.getArchive({ path: "/out" })));
    assert.equal(String(files.data.get("out")), "words");
    const all = readTar(await bytesOf(await container.export()));
    assert.equal(String(all.data.get("out")), "words");
    await assert.rejects(container.getArchive({ path: "/none" }), { statusCode: 404 });
    const { Id } = (await container.commit({ repo: "by-node", tag: "1", comment: "said", author: "me", changes: "ENV A=1" })) as {
      Id: string;
    };
    const image = await docker.getImage("by-node:1").inspect();
    assert.deepEqual([image.Id, image.Comment, image.Author, image.Config.Env], [Id, "said", "me", ["A=1"]]);
    await assert.rejects(docker.getImage("box:1").remove(), { statusCode: 409 });
    await container.remove();
    await docker.getImage("by-node:1").remove();
  });

  await t.test("what is wrong comes as the status that dockerode knows", async () => {
    await assert.rejects(docker.createContainer({ Image: "none" }), { statusCode: 404, json: { message: "No such image: none:latest" } });
    const container = await docker.createContainer({ Image: "box:1", Cmd: ["true"], HostConfig });
    await assert.rejects(container.stop(), { statusCode: 304 });
    await assert.rejects(container.kill(), { statusCode: 409 });
    const pruned = await docker.pruneContainers();
    assert.deepEqual(pruned.ContainersDeleted, [container.id]);
  });
});

async function bytesOf(stream: NodeJS.ReadableStream): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream, (chunk) => Buffer.from(chunk)));
}
