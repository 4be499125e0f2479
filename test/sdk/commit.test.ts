import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "#sdk";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { send, startSlipway, temporaryFolder } from "../workbench/index.ts";

test("imageCommit()", { skip: cannotRun() }, async (t) => {
  await using folder = await temporaryFolder();
  await using slipway = await startSlipway(join(folder.path, "data"));
  const headers = { "content-type": "application/x-tar" };
  await send(slipway.socket, { method: "POST", path: "/images/create?fromSrc=-&repo=box&tag=1", headers, body: await busyboxTar() });
  const body = Buffer.from(JSON.stringify({ Image: "box:1", Cmd: ["true"], Env: ["B=2"] }));
  const json = { "content-type": "application/json" };
  await send(slipway.socket, { method: "POST", path: "/containers/create?name=one", headers: json, body });
  await using client = await connect({ host: `unix://${slipway.socket}` });

  await t.test("a container becomes a nameless image", async () => {
    const { Id } = await client.imageCommit("one");
    assert.deepEqual((await client.imageInspect(Id)).RepoTags, []);
    await client.imageDelete(Id);
  });

  await t.test("every option arrives", async () => {
    const options = { repo: "made", tag: "2", comment: "said", author: "me", pause: false, changes: ["ENV A=1"], config: { Cmd: ["pwd"] } };
    const { Id } = await client.imageCommit("one", options);
    const image = await client.imageInspect("made:2");
    assert.deepEqual([image.Id, image.Comment, image.Author], [Id, "said", "me"]);
    assert.deepEqual([image.Config?.Cmd, image.Config?.Env], [["pwd"], ["A=1", "B=2"]]);
  });

  await t.test("what is refused is an error in the words of the engine", async () => {
    await assert.rejects(client.imageCommit("none"), { message: /No such container: none/ });
    await assert.rejects(client.imageCommit("one", { changes: ["RUN x"] }), { message: /RUN is not a valid change command/ });
  });
});
