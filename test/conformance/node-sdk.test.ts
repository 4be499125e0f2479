import assert from "node:assert/strict";
import { ReadableStream } from "node:stream/web";
import { test } from "node:test";
import { DockerClient, Filter, NotFoundError } from "@docker/node-sdk";

import { readTar, tarOf } from "../workbench/index.ts";
import { openDaemon } from "./daemon.ts";
import { APP, ARCHIVE, MULTI_ARCHIVE, MULTI_ARM64, NAMELESS, NAMELESS_ARCHIVE, OLD } from "./images.ts";

/**
 * The client of version 0.0.17 sends a POST's answer unread back to its pool, asks for a history below `/image/`,
 * sends no filters with events, cannot send the body of an import, and reads no status but 404. What it can do is here.
 */
test("@docker/node-sdk", async (t) => {
  await using daemon = await openDaemon();
  await using docker = await connect(daemon.socket);

  await t.test("ping, version and info", async () => {
    assert.equal(await docker.systemPing(), "1.55");
    const version = await docker.systemVersion();
    assert.deepEqual([version.ApiVersion, version.MinAPIVersion, version.Os], ["1.55", "1.24", "linux"]);
    const info = await docker.systemInfo();
    assert.deepEqual([info.ServerVersion, info.Images, info.OSType], [version.Version, 0, "linux"]);
  });

  await t.test("events arrive while archives are loaded", async () => {
    const events = docker.systemEvents();
    const first = events.next();
    // The first event may come before the client listens: it is waited for with more of them.
    const loading = setInterval(() => void docker.imageLoad(streamOf(NAMELESS_ARCHIVE)), 50);
    const { value } = await first;
    clearInterval(loading);
    assert.ok(value);
    assert.deepEqual([value.Type, value.Action, value.Actor?.ID], ["image", "load", NAMELESS.id]);
    await events.return();
  });

  await t.test("load and list, with filters and manifests", async () => {
    await docker.imageLoad(streamOf(ARCHIVE));
    await settled(docker, 3);
    assert.deepEqual(ids(await docker.imageList()), [APP.id, NAMELESS.id, OLD.id]);
    assert.deepEqual(ids(await docker.imageList({ filters: new Filter().add("dangling", "true") })), [NAMELESS.id]);
    const labelled = new Filter().add("label", "team").add("reference", "demo/o*");
    assert.deepEqual(ids(await docker.imageList({ filters: labelled })), [OLD.id]);
    const [app] = await docker.imageList({ filters: new Filter().set("reference", ["demo/app"]), manifests: true });
    assert.deepEqual([app?.RepoTags, app?.Size, app?.Manifests?.length], [["demo/app:1"], 5020, 1]);
  });

  await t.test("inspect, with the manifests of every platform", async () => {
    const image = await docker.imageInspect("demo/app:1");
    assert.deepEqual([image.Id, image.RootFS?.Layers, image.Config?.Cmd], [APP.id, APP.diffIds, ["/app"]]);
    await docker.imageLoad(streamOf(MULTI_ARCHIVE));
    await settled(docker, 4);
    const multi = await docker.imageInspect("demo/multi:1", { manifests: true });
    const platforms = multi.Manifests?.map(
      ({ ImageData }) => `${String(ImageData?.Platform?.os)}/${String(ImageData?.Platform?.architecture)}`,
    );
    assert.deepEqual(platforms, ["linux/amd64", "linux/arm64"]);
  });

  await t.test("what is not there is the client's own error", async () => {
    // It throws the class itself.
    const isNotFound = (error: unknown): boolean => error === NotFoundError || error instanceof NotFoundError;
    await assert.rejects(docker.imageInspect("demo/none"), isNotFound);
  });

  await t.test("tag and delete", async () => {
    await docker.imageTag("demo/app:1", "demo/other", "2");
    assert.deepEqual((await docker.imageInspect("demo/other:2")).RepoTags, ["demo/app:1", "demo/other:2"]);
    assert.deepEqual(await docker.imageDelete("demo/other:2"), [{ Untagged: "demo/other:2" }]);
    assert.deepEqual(await docker.imageDelete(NAMELESS.id, { force: true }), [{ Deleted: NAMELESS.id }]);
  });

  await t.test("get streams archives", async () => {
    const parts: Uint8Array[] = [];
    await docker.imageGet("demo/app:1", new WritableStream<Uint8Array>({ write: (part) => void parts.push(part) }));
    const archive = Buffer.concat(parts);
    assert.deepEqual(readTar(archive).data.get(`blobs/sha256/${APP.id.slice(7)}`), APP.config);
    const names: Uint8Array[] = [];
    for await (const part of await docker.imageGetAll(["demo/multi:1"])) names.push(part as Uint8Array);
    assert.deepEqual(readTar(Buffer.concat(names)).data.get(`blobs/sha256/${MULTI_ARM64.id.slice(7)}`), MULTI_ARM64.config);
  });

  await t.test("data usage and prune", async () => {
    const usage = (await docker.systemDataUsage()) as { Images?: { Id: string }[] };
    assert.deepEqual(ids(usage.Images ?? []).toSorted(), ids(await docker.imageList()).toSorted());
    await docker.imageTag("demo/old:1", "demo/app", "1");
    const { ImagesDeleted, SpaceReclaimed } = await docker.imagePrune();
    assert.deepEqual([ImagesDeleted?.[0], SpaceReclaimed], [{ Deleted: APP.id }, 5000]);
    await docker.imagePrune(new Filter().add("dangling", "false"));
    assert.deepEqual(await docker.imageList({ all: true }), []);
  });

  await t.test("build tells its steps, and the ID to who waits", async () => {
    const context = (data: string) => streamOf(tarOf([{ name: "Dockerfile", data }]));
    const id = await docker.imageBuild(context("FROM scratch\nLABEL a=b\n"), { tag: "demo/built:1" }).wait();
    assert.deepEqual((await docker.imageInspect("demo/built:1")).Id, id);
    await assert.rejects(docker.imageBuild(context("FROM scratch\nCOPY none /\n")).wait(), /^Error: COPY failed: file not found/);
    const said: unknown[] = [];
    for await (const message of docker.imageBuild(context("FROM scratch\nLABEL a=b\n"), { version: "1" }).messages()) said.push(message);
    assert.match(JSON.stringify(said), /Step 1\/2 : FROM scratch/);
  });

  await t.test("what is not built yet is said in the stream that the client reads", async () => {
    const said: unknown[] = [];
    for await (const message of docker.imageCreate({ fromImage: "127.0.0.1:1/none", tag: "1" }).messages()) said.push(message);
    assert.match(JSON.stringify(said), /^\[\{"message":".*connect: connection refused/);
  });
});

async function connect(socket: string): Promise<DockerClient & AsyncDisposable> {
  const client = await DockerClient.fromDockerHost(`unix:${socket}`);
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** The client resolves a load when the answer begins; the last image comes with its end. */
async function settled(docker: DockerClient, count: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await docker.imageList()).length < count) {
    if (Date.now() > deadline) throw new Error(`there are not ${count} images`);
  }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return ReadableStream.from([bytes]);
}

function ids(images: readonly { readonly Id: string }[]): string[] {
  return images.map(({ Id }) => Id);
}
