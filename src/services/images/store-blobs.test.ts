import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createLimit } from "#async";
import { Content } from "#content";
import { Layers } from "#layers";
import { Metadata } from "#metadata";
import { Catalog } from "./catalog.ts";
import { storeBlobs } from "./store-blobs.ts";

test("what cannot be recorded does not stay on the disk, and what was there before does", async () => {
  const root = await mkdtemp(join(tmpdir(), "slipway-test-"));
  try {
    await using content = await Content.open(root, { durable: false });
    using metadata = Metadata.open(root, { durable: false });
    const deps = { content, metadata, layers: await Layers.open(root), catalog: new Catalog(metadata), exclusively: createLimit(1) };
    const kept = await content.stage(Buffer.from("kept"));
    await storeBlobs(deps, [kept], () => undefined);
    const staged = [await content.stage(Buffer.from("kept")), await content.stage(Buffer.from("fresh"))];
    const failing = storeBlobs(deps, staged, () => {
      throw new Error("no room");
    });
    await assert.rejects(failing, { message: "no room" });
    assert.deepEqual(
      (await readdir(join(root, "blobs", "sha256"))).map((hex) => `sha256:${hex}`),
      [kept.digest],
    );
    assert.equal(metadata.blobs.all().length, 1);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
