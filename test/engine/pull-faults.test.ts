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
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: one.id, size: one.config.length };
  const layers = one.layers.map((layer) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest: sha256(layer),
    size: layer.length,
  }));
  const type = "application/vnd.oci.image.manifest.v1+json";
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers });
  const lie = Buffer.from(one.layers[1] ?? "");
  lie[1000] = (lie[1000] ?? 0) ^ 1;
  const blobs = new Map([
    [one.id, one.config],
    [sha256(base), base],
    [layers[1]?.digest ?? "", lie],
  ]);
  await using registry = await startHostileRegistry(({ path }, reply) => {
    if (path.includes("/manifests/"))
      return reply.send(200, { "content-type": type, "docker-content-digest": sha256(Buffer.from(manifest)) }, manifest);
    const blob = blobs.get(path.slice(path.lastIndexOf("/") + 1));
    return blob === undefined ? reply.send(path === "/v2/" ? 200 : 404) : reply.send(200, {}, blob);
  });
  await using root = await TemporaryRoot.make();
  await using engine = await root.open();
  await assert.rejects(pull(engine, `${registry.host}/lies:1`), {
    kind: "invalid-argument",
    message: `filesystem layer verification failed for digest ${layers[1]?.digest}`,
  });
  assert.equal(registry.asked().filter((line) => line.endsWith(layers[1]?.digest ?? "?")).length, 2);
  assert.deepEqual(await engine.images.list({ all: true }), []);
  assert.deepEqual([await root.blobs(), await root.unfinished()], [[], []]);
});

function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : "mounting a small disk needs root";
}
