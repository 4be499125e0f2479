import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { completion } from "#async";
import { openEngine } from "#engine";
import { tarOf } from "../workbench/index.ts";

test("an import by URL makes the image that the same bytes make, and refuses what nobody may fetch from", async () => {
  const archive = tarOf([{ name: "etc/hosts", data: "127.0.0.1 localhost\n" }]);
  const site = createServer((_, response) => void response.end(archive)).listen(0, "127.0.0.1");
  await once(site, "listening");
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/root.tar`;
  await using engine = await openEngine({ memory: true });
  const events = [];
  for await (const event of engine.images.import({ archive: { url }, repository: "fetched" })) events.push(event);
  site.close();
  assert.deepEqual(events[0], { type: "progress", current: archive.byteLength, total: archive.byteLength });
  const { config } = await engine.images.inspect("fetched");
  const { id } = await completion(
    engine.images.import({
      archive: (async function* () {
        yield archive;
      })(),
    }),
  );
  assert.deepEqual((await engine.images.inspect(id)).config.diffIds, config.diffIds);
  const secrets = { url: "http://169.254.169.254/latest" };
  await assert.rejects(completion(engine.images.import({ archive: secrets })), { kind: "forbidden" });
});
