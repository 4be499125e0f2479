import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkDataRoot, openEngine } from "#engine";
import type { Engine } from "#engine";
import { startHostileRegistry } from "../fixtures/hostile-registry.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { dockerArchive, imageOf, sha256, tarOf } from "../workbench/index.ts";
import type { Image } from "../workbench/index.ts";
import { load, names, save, TemporaryRoot } from "./engine-fixture.ts";

const skip = hasRegistry ? false : "docker-registry is not installed";

const base = tarOf([{ name: "base", data: "base" }]);
const noise = (seed: string, length: number): Buffer => createHash("shake256", { outputLength: length }).update(seed).digest();
const one = imageOf([base, [{ name: "one", data: noise("one", 3_000_000) }]]);
const two = imageOf([base, [{ name: "two", data: noise("two", 3_000_000) }]]);
const huge = imageOf([base, [{ name: "huge", data: noise("huge", 20_000_000) }]]);

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

const pull = (engine: Engine, image: string): Promise<unknown[]> => Array.fromAsync(engine.images.pull({ image }));

describe("pulls beside everything else", { skip }, () => {
  let registry: RunningRegistry;
  before(async () => {
    registry = await startRegistry();
    for (const [image, name] of [
      [one, "faults:one"],
      [two, "faults:two"],
      [huge, "faults:huge"],
    ] as const)
      await publish(image, `${registry.host}/${name}`);
  });
  after(() => registry[Symbol.asyncDispose]());

  async function publish(image: Image, name: string): Promise<void> {
    await using engine = await openEngine({ memory: true });
    await load(engine, tarOf(dockerArchive([{ image, tags: [name] }])));
    await Array.fromAsync(engine.images.push({ name }));
  }

  test("pruning and removing beside pulls takes nothing from them, and leaves nothing behind", async () => {
    await using root = await TemporaryRoot.make();
    {
      await using engine = await root.open();
      const images = [`${registry.host}/faults:one`, `${registry.host}/faults:two`];
      for (let round = 0; round < 5; round += 1) {
        let isPulling = true;
        const pulling = Promise.all(images.map((image) => pull(engine, image))).finally(() => (isPulling = false));
        while (isPulling) {
          await engine.images.prune();
          await new Promise((resolve) => setImmediate(resolve));
        }
        await pulling;
        await save(engine, ...images);
        await Promise.all([pull(engine, images[0] ?? ""), engine.images.remove(images[1] ?? "")]);
        await save(engine, images[0] ?? "");
        await engine.images.prune({ filters: { dangling: false } });
      }
    }
    assert.deepEqual(await root.blobs(), []);
    const { problems, leftovers } = await checkDataRoot({ dataRoot: root.path });
    assert.deepEqual({ problems, leftovers }, { problems: [], leftovers: [] });
  });

  test("of two pulls that move one tag both succeed, and the tag stands for one of their images, whole", async () => {
    await using engine = await openEngine({ memory: true });
    const name = `${registry.host}/faults:moving`;
    for (let round = 0; round < 5; round += 1) {
      await publish(one, name);
      const first = pull(engine, name);
      await publish(two, name);
      await Promise.all([first, pull(engine, name)]);
      const { id, names: tags } = await engine.images.inspect(name);
      assert.ok(id === one.id || id === two.id);
      assert.deepEqual(tags, [name]);
      assert.deepEqual(await names(engine), [name]);
      await save(engine, name);
      await engine.images.prune({ filters: { dangling: false } });
    }
  });

  test("a disk that fills in the middle of a pull is told, loses nothing, and takes the next pull", { skip: needsRoot() }, async () => {
    const mount = await mkdtemp(join(tmpdir(), "slipway-full-"));
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", mount]).status, 0);
    try {
      mkdirSync(join(mount, "root"));
      {
        await using engine = await openEngine({ dataRoot: join(mount, "root") });
        await pull(engine, `${registry.host}/faults:one`);
        await assert.rejects(pull(engine, `${registry.host}/faults:huge`), { kind: "unavailable", message: /no space left on device/ });
        assert.deepEqual(await names(engine), [`${registry.host}/faults:one`]);
        await save(engine, `${registry.host}/faults:one`);
        await pull(engine, `${registry.host}/faults:two`);
      }
      const { problems, leftovers } = await checkDataRoot({ dataRoot: join(mount, "root") });
      assert.deepEqual({ problems, leftovers }, { problems: [], leftovers: [] });
    } finally {
      spawnSync("umount", ["-l", mount]);
    }
  });

  test("names and tags as long as they may be are pulled, and longer ones refused", async () => {
    await using engine = await openEngine({ memory: true });
    // The limit of 255 is that of the whole name; the registry counts its host, too.
    const path = Array.from({ length: 8 }, () => "a".repeat(27)).join("/");
    const name = `${registry.host}/${path}`;
    const longest = `${name}${"b".repeat(255 - name.length)}:${"t".repeat(128)}`;
    await publish(one, longest);
    await pull(engine, longest);
    assert.deepEqual(await names(engine), [longest]);
    for (const [image, message] of [
      [`${registry.host}/${"a".repeat(256)}`, "repository name must not be more than 255 characters"],
      [`${longest}t`, /invalid reference format/],
      [`${registry.host}/a//b`, /invalid reference format/],
    ] as const) {
      await assert.rejects(pull(engine, image), { kind: "invalid-argument", message });
    }
  });
});

test("a layer whose bytes are not its digest's is asked for once more, then refused, and nothing of it stays", async () => {
  const { manifest, digest, blobs: honest } = artifactsOf(one);
  const [, , top = Buffer.alloc(0)] = honest;
  const lie = Buffer.from(top);
  lie[1000] = (lie[1000] ?? 0) ^ 1;
  const blobs = new Map(honest.map((bytes) => [sha256(bytes), bytes === top ? lie : bytes]));
  await using registry = await startHostileRegistry(({ path }, reply) => {
    if (path.includes("/manifests/")) return reply.send(200, manifestHeaders(manifest, digest), manifest);
    const blob = blobs.get(path.slice(path.lastIndexOf("/") + 1));
    return blob === undefined ? reply.send(path === "/v2/" ? 200 : 404) : reply.send(200, {}, blob);
  });
  await using root = await TemporaryRoot.make();
  await using engine = await root.open();
  await assert.rejects(pull(engine, `${registry.host}/lies:1`), {
    kind: "invalid-argument",
    message: `filesystem layer verification failed for digest ${sha256(top)}`,
  });
  assert.equal(registry.asked().filter((line) => line.endsWith(sha256(top))).length, 2);
  assert.deepEqual(await engine.images.list({ all: true }), []);
  assert.deepEqual([await root.blobs(), await root.unfinished()], [[], []]);
});

test("a tag that moves between HEAD and GET: the image that it stood for is pulled, whole, and then the other", async () => {
  const [before, after] = [artifactsOf(one), artifactsOf(two)];
  let heads = 0;
  await using registry = await startHostileRegistry(({ method, path }, reply) => {
    if (method === "HEAD" && path.endsWith("/manifests/1")) heads += 1;
    // From the first HEAD on the tag is somebody else's.
    const { manifest, digest } = path.endsWith(before.digest) || (method === "HEAD" && heads === 1) ? before : after;
    if (path.includes("/manifests/")) return reply.send(200, manifestHeaders(manifest, digest), manifest);
    const blob = [...before.blobs, ...after.blobs].find((bytes) => path.endsWith(sha256(bytes)));
    return blob === undefined ? reply.send(path === "/v2/" ? 200 : 404) : reply.send(200, {}, blob);
  });
  await using engine = await openEngine({ memory: true });
  const name = `${registry.host}/moves:1`;
  await pull(engine, name);
  const { id, digests } = await engine.images.inspect(name);
  assert.deepEqual([id, digests], [one.id, [`${registry.host}/moves@${before.digest}`]]);
  assert.deepEqual(
    registry.asked().filter((line) => line.startsWith("GET") && line.includes("/manifests/")),
    [`GET /v2/moves/manifests/${before.digest}`],
  );
  await save(engine, name);
  await pull(engine, name);
  assert.equal((await engine.images.inspect(name)).id, two.id);
});

test("a tag that moves between HEAD and GET, whose image is gone with it, is an error that the next pull does not have", async () => {
  const [before, after] = [artifactsOf(one), artifactsOf(two)];
  const unknown = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Name":"moves"}}]}';
  let heads = 0;
  await using registry = await startHostileRegistry(({ method, path }, reply) => {
    if (method === "HEAD" && path.endsWith("/manifests/1")) heads += 1;
    const isFirst = method === "HEAD" && heads === 1;
    if (path.endsWith(before.digest)) return reply.send(404, { "content-type": "application/json" }, unknown);
    const { manifest, digest } = isFirst ? before : after;
    if (path.includes("/manifests/")) return reply.send(200, manifestHeaders(manifest, digest), manifest);
    const blob = after.blobs.find((bytes) => path.endsWith(sha256(bytes)));
    return blob === undefined ? reply.send(path === "/v2/" ? 200 : 404) : reply.send(200, {}, blob);
  });
  await using engine = await openEngine({ memory: true });
  const name = `${registry.host}/moves:1`;
  await assert.rejects(pull(engine, name), { kind: "not-found", message: /^manifest for \S+\/moves:1 not found: manifest unknown/ });
  assert.deepEqual(await engine.images.list({ all: true }), []);
  await pull(engine, name);
  assert.equal((await engine.images.inspect(name)).id, two.id);
});

interface Artifacts {
  readonly manifest: string;
  readonly digest: string;
  readonly blobs: readonly Buffer[];
}

function artifactsOf(image: Image): Artifacts {
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: image.id, size: image.config.length };
  const layers = image.layers.map((layer) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest: sha256(layer),
    size: layer.length,
  }));
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers });
  return { manifest, digest: sha256(Buffer.from(manifest)), blobs: [image.config, ...image.layers] };
}

function manifestHeaders(manifest: string, digest: string): Record<string, string> {
  return { "content-type": OCI_MANIFEST, "content-length": String(Buffer.byteLength(manifest)), "docker-content-digest": digest };
}

function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : "mounting a small disk needs root";
}
