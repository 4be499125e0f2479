import assert from "node:assert/strict";
import { test } from "node:test";
import { resultOf } from "#sdk";
import type { Progress } from "#sdk";
import { targets } from "../targets.ts";
import { readTar, tarOf } from "../workbench/index.ts";

const CONTEXT = tarOf([
  { name: "build.Dockerfile", data: "FROM scratch AS first\nARG A=0\nLABEL a=$A\nCOPY file /\nFROM first\nENV LAST=1\n" },
  { name: "file", data: "hello\n" },
]);

const slipway = targets.find(({ name }) => name === "Slipway");

test("imageBuild() and imageBuildPrune()", async (t) => {
  await using engine = await slipway?.open();
  assert.ok(engine !== undefined);
  await using client = await engine.connect();

  await t.test("a build gives its progress, and the image's ID at its end", async () => {
    const build = client.imageBuild({
      context: CONTEXT,
      dockerfile: "build.Dockerfile",
      tags: ["sdk/built:1", "sdk/built:2"],
      buildArgs: { A: "1" },
      labels: { b: "2" },
    });
    const said: Progress[] = [];
    let step = await build.next();
    for (; step.done !== true; step = await build.next()) said.push(step.value);
    const image = await client.imageInspect("sdk/built:2");
    assert.equal(step.value.id, image.Id);
    assert.deepEqual([image.Config.Labels, image.Config.Env?.at(-1)], [{ a: "1", b: "2" }, "LAST=1"]);
    assert.equal(said[0]?.stream, "Step 1/7 : FROM scratch AS first");
    assert.equal(said.at(-1)?.stream, "Successfully tagged sdk/built:2\n");
  });

  await t.test("a stage is chosen, and the context may come in pieces", async () => {
    const { id } = await resultOf(client.imageBuild({ context: pieces(CONTEXT), dockerfile: "build.Dockerfile", target: "first" }));
    assert.equal((await client.imageInspect(id)).Config.Env?.includes("LAST=1"), false);
  });

  await t.test("further contexts and secrets go with it", async () => {
    const text = "FROM scratch\nCOPY --from=more f /\nCOPY --from=image file /\n";
    const context = tarOf([{ name: "Dockerfile", data: text }]);
    const contexts = { more: pieces(tarOf([{ name: "f", data: "f" }])), image: "docker-image://sdk/built:1" };
    const secrets = { a: new TextEncoder().encode("secret") };
    const { id } = await resultOf(client.imageBuild({ context, contexts, secrets }));
    assert.equal((await client.imageInspect(id)).RootFS.Layers?.length, 2);
    await client.imageDelete(id);
    const sshKeys = { default: new TextEncoder().encode("no key") };
    await assert.rejects(resultOf(client.imageBuild({ context, contexts, sshKeys })), /cannot use the SSH key/);
  });

  await t.test("the files of what is built, or its archive, come instead of the progress", async () => {
    const options = { context: CONTEXT, dockerfile: "build.Dockerfile" };
    const files = readTar(Buffer.concat(await Array.fromAsync(await client.imageBuildArchive({ ...options, output: "tar" }))));
    assert.deepEqual(
      [...files.data].map(([name, data]) => [name, data.toString()]),
      [["file", "hello\n"]],
    );
    const archive = readTar(Buffer.concat(await Array.fromAsync(await client.imageBuildArchive({ ...options, output: "oci" }))));
    assert.ok(archive.data.has("index.json"));
    await assert.rejects(client.imageBuildArchive({ ...options, dockerfile: "none", output: "tar" }), { kind: "internal" });
  });

  await t.test("what is wrong before the first step has a kind, what is wrong later is told in the stream", async () => {
    await assert.rejects(resultOf(client.imageBuild({ context: CONTEXT, dockerfile: "none" })), {
      kind: "internal",
      message: "Cannot locate specified Dockerfile: none",
      details: { status: 500 },
    });
    const broken = tarOf([{ name: "Dockerfile", data: "FROM scratch\nCOPY none /\n" }]);
    const words = "COPY failed: file not found in build context or excluded by .dockerignore: stat none: file does not exist";
    await assert.rejects(resultOf(client.imageBuild({ context: broken })), { message: words, details: { status: 200 } });
  });

  await t.test("what builds have left is pruned", async () => {
    await client.imageDelete("sdk/built:1");
    const { CachesDeleted, SpaceReclaimed } = await client.imageBuildPrune({ all: true });
    assert.ok(CachesDeleted !== null && CachesDeleted.length > 0);
    assert.ok(SpaceReclaimed >= 0);
    assert.deepEqual(await client.imageBuildPrune({ all: true }), { CachesDeleted: null, SpaceReclaimed: 0 });
  });
});

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 700) yield bytes.subarray(at, at + 700);
}
