import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, resultOf } from "#sdk";
import { basic, seed, twoPlatforms } from "../copy/seed.ts";
import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import { dockerArchive, imageOf, startSlipway, tarOf, temporaryFolder } from "../workbench/index.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";
const image = imageOf([[{ name: "etc/motd", data: "hello" }]]);

test("the client pushes to a private registry and pulls back, each with its result", { skip }, async () => {
  await using registry = await startRegistry({ users: ["alice"] });
  await using folder = await temporaryFolder();
  await using slipway = await startSlipway(folder.path);
  await using client = await connect({ host: `unix://${slipway.socket}` });
  const name = `${registry.host}/team/app`;
  const credentials = { username: "alice", password: PASSWORD };
  const archive = tarOf(dockerArchive([{ image, tags: [`${name}:1`] }]));
  await resultOf(
    client.imageLoad(
      (async function* () {
        yield archive;
      })(),
    ),
  );
  await assert.rejects(resultOf(client.imagePush(name, { tag: "1" })), { message: /no basic auth credentials/ });
  const { pushed } = await resultOf(client.imagePush(name, { tag: "1", credentials }));
  await client.imageDelete(`${name}:1`);
  const { digests } = await resultOf(client.imageCreate({ fromImage: name, tag: "1", credentials }));
  assert.deepEqual(
    digests,
    pushed.map(({ digest }) => digest),
  );
  // What was pushed is compressed, so only what came back is the document that the registry has.
  const { Descriptor } = await client.imageInspect(`${name}:1`);
  assert.deepEqual(pushed, [{ tag: "1", digest: Descriptor?.digest, size: Descriptor?.size }]);
  assert.equal((await client.imageInspect(`${name}:1`)).Id, image.id);
  await assert.rejects(client.imageSearch({ term: "127.0.0.1:1/x", limit: 101 }), {
    message: "limit 101 is outside the range of [1, 100]",
  });
});

test("the client copies from a private registry to another through an engine that stores nothing", { skip }, async () => {
  await using from = await startRegistry({ users: ["alice"] });
  await using to = await startRegistry({ users: ["bob"] });
  await using folder = await temporaryFolder();
  await using slipway = await startSlipway(folder.path);
  await using client = await connect({ host: `unix://${slipway.socket}` });
  const source = { host: from.host, path: "team/app", authorization: basic("alice", PASSWORD) };
  const index = await seed(source, twoPlatforms(), "1");
  const credentials = {
    [from.host]: { username: "alice", password: PASSWORD },
    [to.host]: { username: "bob", password: PASSWORD },
  };
  const names = { from: `${from.host}/team/app:1`, to: `${to.host}/mirror/app:1` };
  const lines = client.imageCopy({ ...names, credentials });
  const { digest, size } = index.descriptor;
  const transferred = index.blobs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  assert.deepEqual(await resultOf(lines), { copied: [{ name: names.to, digest, size }], transferred });
  assert.deepEqual(await client.imageList({ all: true }), []);
  assert.deepEqual(await resultOf(client.imageCopy({ ...names, credentials })), {
    copied: [{ name: names.to, digest, size }],
    transferred: 0,
  });
  await assert.rejects(resultOf(client.imageCopy({ ...names, from: `${from.host}/team/app:2`, credentials })), {
    kind: "not-found",
    message: new RegExp(`^cannot copy: source ${from.host}/team/app: manifest unknown`),
    details: { status: 404 },
  });
  await assert.rejects(resultOf(client.imageCopy(names)), { kind: "unauthorized", details: { status: 401 } });
});
