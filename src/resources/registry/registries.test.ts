import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { startBreakingWire } from "../../../test/fixtures/breaking-wire.ts";
import { hasRegistry, startRegistry } from "../../../test/fixtures/registry.ts";
import type { RunningRegistry } from "../../../test/fixtures/registry.ts";
import { digestOf, MEDIA_TYPE, parseReference } from "#oci";
import type { Descriptor } from "#oci";
import { Registries } from "./registries.ts";
import type { Repository } from "./repository.ts";

const skip = hasRegistry ? false : "needs docker-registry";

function describeBytes(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream));
}

const LAYER = Buffer.alloc(3_000_000, "slipway ");
const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
const layer = describeBytes(MEDIA_TYPE.ociLayer, LAYER);
const config = describeBytes(MEDIA_TYPE.ociConfig, CONFIG);
const MANIFEST = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [layer] }));
const manifest = describeBytes(MEDIA_TYPE.ociManifest, MANIFEST);

async function push(repository: Repository, tag: string): Promise<void> {
  await repository.uploadBlob(layer, (offset) => chunksOf(LAYER.subarray(offset)));
  await repository.uploadBlob(config, (offset) => chunksOf(CONFIG.subarray(offset)));
  await repository.putManifest(MANIFEST, manifest.mediaType, tag);
}

describe("a plain registry", { skip }, () => {
  let registry: RunningRegistry;
  let registries: Registries;
  before(async () => {
    registry = await startRegistry();
    registries = Registries.open();
  });
  after(async () => {
    await registries[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  const at = (path: string): Repository => registries.repository(parseReference(`${registry.host}/${path}`));

  test("what was pushed comes back byte for byte", async () => {
    const repository = at("t/app");
    assert.equal(await repository.hasBlob(layer), false);
    await push(repository, "v1");
    assert.equal(await repository.hasBlob(layer), true);
    assert.deepEqual(await repository.resolve("v1"), manifest);
    const fetched = await repository.fetchManifest(manifest);
    assert.deepEqual(Buffer.from(fetched.bytes), MANIFEST);
    const blob = await repository.fetchBlob(layer);
    assert.equal(blob.size, LAYER.byteLength);
    assert.equal(blob.resumable, true);
    assert.ok((await collect(blob.stream)).equals(LAYER));
  });

  test("a fetch begins where it is told to", async () => {
    const blob = await at("t/app").fetchBlob(layer, { offset: 2_999_990 });
    assert.equal((await collect(blob.stream)).toString(), LAYER.subarray(2_999_990).toString());
    assert.match(registry.log(), /206/);
  });

  test("a blob of another repository is mounted, an unknown one uploaded into the session that came instead", async () => {
    const repository = at("t/other");
    assert.equal(await repository.mountBlob(layer.digest, "t/app"), true);
    assert.equal(await repository.hasBlob(layer), true);
    const bytes = Buffer.from("something new");
    const blob = describeBytes("application/octet-stream", bytes);
    assert.equal(await repository.mountBlob(blob.digest, "t/app"), false);
    const progress: number[] = [];
    await repository.uploadBlob(blob, (offset) => chunksOf(bytes.subarray(offset)), { onProgress: (sent) => progress.push(sent) });
    assert.equal(progress.at(-1), bytes.byteLength);
    assert.equal(await repository.hasBlob(blob), true);
  });

  test("tags, repositories and referrers are listed", async () => {
    await push(at("t/app"), "v2");
    assert.deepEqual(await at("t/app").listTags(), ["v1", "v2"]);
    assert.ok((await registries.catalog(registry.host)).includes("t/app"));
    assert.deepEqual(await at("t/app").referrers(manifest.digest), []);
  });

  test("what is not there is not found, in Docker's words", async () => {
    await assert.rejects(at("t/app").resolve("nope"), { kind: "not-found", message: "manifest unknown: manifest unknown" });
    await assert.rejects(at("t/none").listTags(), { kind: "not-found", message: /^name unknown: repository name not known to registry/ });
    await assert.rejects(at("t/app").fetchBlob({ ...layer, digest: digestOf("x") }), { kind: "not-found", message: /^blob unknown/ });
  });

  test("transfers over a wire that breaks end whole, and fetch nothing twice", async () => {
    await using wire = await startBreakingWire(registry.host);
    await using patient = Registries.open({ clock: { now: () => Date.now(), sleep: () => Promise.resolve() } });
    const bytes = randomBytes(32_000_000);
    const blob = describeBytes(MEDIA_TYPE.ociLayer, bytes);
    const repository = patient.repository(parseReference(`${wire.host}/t/wire`));
    wire.breakAfter(16_000_000, "up");
    await repository.uploadBlob(blob, (offset) => chunksOf(bytes.subarray(offset)));
    assert.equal(await repository.hasBlob(blob), true);
    wire.sent.down = 0;
    wire.breakAfter(20_000_000, "down");
    assert.ok((await collect((await repository.fetchBlob(blob)).stream)).equals(bytes));
    // What was on the way when the wire broke is lost, and a busy machine lets it pile up to what two sockets hold; to begin again
    // would be 1.6 times.
    assert.ok(wire.sent.down < 1.4 * bytes.byteLength, `${wire.sent.down} bytes for ${bytes.byteLength}`);
  });

  test("anyone may log in where no one has to", async () => {
    assert.deepEqual(await registries.login(registry.host, { username: "a", password: "b" }), {
      identityToken: "",
      status: "Login Succeeded",
    });
  });
});
