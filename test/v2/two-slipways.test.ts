import assert from "node:assert/strict";
import { test } from "node:test";
import { openEngine } from "#engine";
import { imageArchive } from "../fixtures/image-archive.ts";
import { load, names } from "../engine/engine-fixture.ts";
import { serveRegistry } from "./served-registry.ts";

test("one Slipway pushes to another, finds there what it has sent, and a third pulls it", async () => {
  await using sender = await openEngine({ memory: true });
  await using middle = await openEngine({ memory: true });
  await using receiver = await openEngine({ memory: true });
  await using registry = await serveRegistry(middle);
  const name = `127.0.0.1:${registry.port}/team/app`;
  const archive = imageArchive({ layers: [{ a: "1" }, { b: "2" }], tags: [`${name}:1`], compression: "gzip" });
  await load(sender, archive.bytes);
  for (const step of ["pushed", "exists"]) {
    const steps: string[] = [];
    for await (const event of sender.images.push({ name: `${name}:1` })) if (event.type === "layer") steps.push(event.state.step);
    assert.equal(steps.filter((one) => one === step).length, 2, `${step}: ${steps.join(" ")}`);
  }
  assert.deepEqual(await names(middle), ["team/app:1"]);
  for await (const _event of receiver.images.pull({ image: `${name}:1` }));
  const [there, here] = [await middle.images.inspect("team/app:1"), await receiver.images.inspect(`${name}:1`)];
  assert.deepEqual([here.id, here.descriptor.digest], [there.id, there.descriptor.digest]);
  assert.deepEqual(here.digests, [`${name}@${archive.manifestDigest}`]);
  assert.deepEqual(registry.logged, []);
});
