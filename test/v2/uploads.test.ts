import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { openEngine } from "#engine";
import { TemporaryRoot } from "../engine/engine-fixture.ts";
import { Lab } from "./case.ts";
import { openClockedStore } from "./clocked-store.ts";
import type { ClockedStore } from "./clocked-store.ts";
import { imageOf, randomPiece } from "./content.ts";
import { replyOf, serveRegistry } from "./served-registry.ts";

const MINUTE = 60_000;
const START = new Date("2030-01-01T00:00:00Z");

const engine = await openEngine({ memory: true });
const registry = await serveRegistry(engine);
after(async () => {
  await registry[Symbol.asyncDispose]();
  await engine.close();
});

let labs = 0;
function newLab(): Lab {
  return new Lab(engine, registry, (labs += 1));
}

function labOf({ registry: served }: ClockedStore): Lab {
  return new Lab(engine, served, 0);
}

/** Sends the beginning of a body and cuts the connection once all of it has arrived. */
async function cutAfter(lab: Lab, location: string, begin: Buffer, size: number): Promise<void> {
  const sent = registry.open(`PATCH ${location}`, { "Content-Length": String(size) });
  sent.on("error", () => undefined);
  sent.write(begin);
  await arrival(lab, location, begin.byteLength);
  sent.destroy();
}

async function arrival(lab: Lab, location: string, bytes: number): Promise<void> {
  while ((await lab.ask(204, `GET ${location}`)).headers.range !== `0-${bytes - 1}`) await new Promise(setImmediate);
}

test("an upload goes on where its connection was cut", async () => {
  const lab = newLab();
  const blob = randomPiece(3_000_000);
  const location = await lab.begin();
  await cutAfter(lab, location, blob.bytes.subarray(0, 1_000_000), blob.bytes.byteLength);
  const { headers } = await lab.ask(204, `GET ${location}`);
  assert.equal(headers.range, "0-999999");
  await lab.ask(202, `PATCH ${location}`, { body: blob.bytes.subarray(1_000_000), headers: { "Content-Range": "1000000-2999999" } });
  await lab.ask(201, `PUT ${location}?digest=${blob.descriptor.digest}`);
  await lab.expectBlob(blob);
});

test("a client that is back does not wait for its old connection to be found dead", async () => {
  const lab = newLab();
  const blob = randomPiece(2000);
  const location = await lab.begin();
  const hanging = registry.open(`PATCH ${location}`, { "Content-Length": "2000" });
  const late = replyOf(hanging);
  hanging.write(blob.bytes.subarray(0, 1000));
  await arrival(lab, location, 1000);
  await lab.ask(202, `PATCH ${location}`, { body: blob.bytes.subarray(1000), headers: { "Content-Range": "1000-1999" } });
  hanging.end(blob.bytes.subarray(1000));
  assert.equal((await late).status, 400, "and what the old one still sends is nobody's");
  await lab.ask(201, `PUT ${location}?digest=${blob.descriptor.digest}`);
  await lab.expectBlob(blob);
});

test("a PUT that was cut in the middle of a whole blob goes on with a PATCH", async () => {
  const lab = newLab();
  const blob = randomPiece(500_000);
  const location = await lab.begin();
  const sent = registry.open(`PUT ${location}?digest=${blob.descriptor.digest}`, { "Content-Length": "500000" });
  sent.on("error", () => undefined);
  sent.write(blob.bytes.subarray(0, 200_000));
  await arrival(lab, location, 200_000);
  sent.destroy();
  await lab.ask(202, `PATCH ${location}`, { body: blob.bytes.subarray(200_000), headers: { "Content-Range": "200000-499999" } });
  await lab.ask(201, `PUT ${location}?digest=${blob.descriptor.digest}`);
  await lab.expectBlob(blob);
});

test("an upload belongs to its repository, and its blob to all", async () => {
  const lab = newLab();
  const blob = randomPiece();
  const id = (await lab.begin()).split("/").at(-1) ?? "";
  assert.equal(await lab.refusal(404, `PATCH /v2/${lab.other}/blobs/uploads/${id}`, { body: "x" }), "BLOB_UPLOAD_UNKNOWN");
  await lab.ask(201, `PUT blobs/uploads/${id}?digest=${blob.descriptor.digest}`, { body: blob.bytes });
  assert.deepEqual((await lab.ask(200, `GET /v2/${lab.other}/blobs/${blob.descriptor.digest}`)).body, blob.bytes);
});

test("the same blob may be uploaded by many at once", async () => {
  const lab = newLab();
  const blob = randomPiece(400_000);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const location = await lab.begin();
      await lab.ask(202, `PATCH ${location}`, { body: blob.bytes });
      await lab.ask(201, `PUT ${location}?digest=${blob.descriptor.digest}`);
    }),
  );
  await lab.expectBlob(blob);
});

test("a range that is not as long as its bytes is refused before they are read", async () => {
  const lab = newLab();
  const location = await lab.begin();
  const request = { body: "0123456789", headers: { "Content-Range": "0-10" } };
  assert.equal(await lab.refusal(400, `PATCH ${location}`, request), "BLOB_UPLOAD_INVALID");
  assert.equal((await lab.ask(204, `GET ${location}`)).headers.range, "0-0");
});

test("only so many uploads are under way; what is idle for an hour makes room, and what was sent of it is gone", async () => {
  await using root = await TemporaryRoot.make();
  await using store = await openClockedStore(root.path, START);
  const lab = labOf(store);
  const locations: string[] = [];
  for (let count = 0; count < 100; count += 1) locations.push(await lab.begin());
  assert.equal(await lab.refusal(429, "POST blobs/uploads/"), "TOOMANYREQUESTS");
  await lab.ask(202, `PATCH ${locations[0]}`, { body: "some bytes" });
  await store.later(59 * MINUTE);
  await lab.ask(202, `PATCH ${locations[1]}`, { body: "some bytes" });
  await store.later(MINUTE);
  await lab.ask(404, `GET ${locations[0]}`);
  await lab.ask(204, `GET ${locations[1]}`);
  await lab.begin();
  await store.distribution.cancelUpload(...idOf(lab, locations[1] ?? ""));
  assert.deepEqual(await readdir(join(root.path, "ingest")), []);
});

function idOf(lab: Lab, location: string): Parameters<ClockedStore["distribution"]["cancelUpload"]> {
  return [`docker.io/${lab.repository}` as Parameters<ClockedStore["distribution"]["cancelUpload"]>[0], location.split("/").at(-1) ?? ""];
}

test("an uploaded blob waits an hour for its manifest, through a restart too, and not longer", async () => {
  await using root = await TemporaryRoot.make();
  const blob = randomPiece();
  {
    await using store = await openClockedStore(root.path, START);
    await labOf(store).pushBlob(blob);
  }
  await using store = await openClockedStore(root.path, new Date(START.getTime() + 59 * MINUTE));
  await store.later(0);
  await labOf(store).expectBlob(blob);
});

test("what has waited an hour in vain leaves the disk", async () => {
  await using root = await TemporaryRoot.make();
  await using store = await openClockedStore(root.path, START);
  const lab = labOf(store);
  const [first, second] = [randomPiece(), randomPiece()];
  await lab.pushBlob(first);
  await store.later(30 * MINUTE);
  await lab.pushBlob(second);
  await store.later(30 * MINUTE);
  await lab.ask(404, `GET blobs/${first.descriptor.digest}`);
  await lab.expectBlob(second);
  await store.later(61 * MINUTE);
  assert.deepEqual(await root.blobs(), []);
});

test("once a manifest names it, a blob stays, and goes when its image does", async () => {
  await using root = await TemporaryRoot.make();
  await using store = await openClockedStore(root.path, START);
  const lab = labOf(store);
  const image = await lab.push(imageOf(), "v1");
  await store.later(5 * 60 * MINUTE);
  await lab.expectWhole(image, "v1");
  // Asked for with HEAD just now, its blobs are about to be named by another manifest.
  await store.later(61 * MINUTE);
  await store.images.remove(`${lab.repository}:v1`);
  assert.deepEqual(await root.blobs(), []);
});

test("a blob that was found with HEAD is still there when the manifest comes, whatever was removed meanwhile", async () => {
  await using root = await TemporaryRoot.make();
  await using store = await openClockedStore(root.path, START);
  const lab = labOf(store);
  const image = await lab.push(imageOf(), "v1");
  await store.later(120 * MINUTE);
  for (const { descriptor } of image.blobs) await lab.ask(200, `HEAD blobs/${descriptor.digest}`);
  await store.images.remove(`${lab.repository}:v1`);
  await lab.putManifest(image, "v2");
  await lab.expectWhole(image, "v2");
});

test("a client that goes away before its blob is finished leaves nothing that is open", async () => {
  const lab = newLab();
  const location = await lab.begin();
  const sent = registry.open(`PATCH ${location}`, { "Content-Length": "100" });
  sent.on("error", () => undefined);
  sent.write("0123456789");
  await arrival(lab, location, 10);
  sent.destroy();
  await lab.ask(204, `DELETE ${location}`);
  await lab.ask(404, `GET ${location}`);
});
