import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, resultOf } from "#sdk";
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
  const { Descriptor } = await client.imageInspect(`${name}:1`);
  assert.deepEqual(pushed, [{ tag: "1", digest: Descriptor?.digest, size: Descriptor?.size }]);
  await client.imageDelete(`${name}:1`);
  const { digests } = await resultOf(client.imageCreate({ fromImage: name, tag: "1", credentials }));
  assert.deepEqual(digests, [Descriptor?.digest]);
  assert.equal((await client.imageInspect(`${name}:1`)).Id, image.id);
  await assert.rejects(client.imageSearch({ term: "127.0.0.1:1/x", limit: 101 }), {
    message: "limit 101 is outside the range of [1, 100]",
  });
});
