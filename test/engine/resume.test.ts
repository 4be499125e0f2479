import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open, utimes } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { checkDataRoot, openEngine } from "#engine";
import type { Engine } from "#engine";
import { startBreakingWire } from "../fixtures/breaking-wire.ts";
import type { BreakingWire } from "../fixtures/breaking-wire.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { imageOf, ociArchive, send, sha256, startSlipway, tarOf } from "../workbench/index.ts";
import type { Slipway } from "../workbench/index.ts";
import { load, TemporaryRoot } from "./engine-fixture.ts";

const skip = hasRegistry && existsSync("/usr/bin/skopeo") ? false : "docker-registry and skopeo are not installed";

const MIB = 1024 * 1024;
const noise = (size: number): Buffer => createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(size));
const image = imageOf([[{ name: "small", data: "small" }], [{ name: "big", data: noise(48 * MIB) }]]);
const [, big = Buffer.alloc(0)] = image.layers;
const total = big.byteLength;
/** What is sent for the layer may be a tenth more than it is, over all attempts. */
const most = total * 1.1;

describe("a pull that ended early", { skip }, () => {
  let registry: RunningRegistry;
  let folder: TemporaryRoot;
  let layer = "";

  before(async () => {
    registry = await startRegistry();
    folder = await TemporaryRoot.make();
    const path = join(folder.path, "upload.tar");
    writeFileSync(path, tarOf(ociArchive([{ image, annotations: { "org.opencontainers.image.ref.name": "x" } }])));
    const target = `docker://${registry.host}/app:1`;
    const args = ["--insecure-policy", "copy", "--preserve-digests", "--dest-tls-verify=false", `oci-archive:${path}:x`, target];
    const { status, stderr } = spawnSync("skopeo", args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    layer = sha256(big);
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** One attempt for each transfer, so that what fails stays failed until the next pull. */
  const engineAt = (root: TemporaryRoot): Promise<Engine> =>
    openEngine({ dataRoot: root.path, registries: { retry: { transferAttempts: 1 } } });

  async function pull(
    engine: Engine,
    wire: BreakingWire,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: (current: number) => void } = {},
  ): Promise<void> {
    for await (const event of engine.images.pull({ image: `${wire.host}/app:1` }, { ...(signal && { signal }) })) {
      if (event.type === "layer" && event.state.step === "downloading") onProgress?.(event.state.current);
    }
  }

  async function isComplete(root: TemporaryRoot, wire: BreakingWire): Promise<void> {
    assert.ok(wire.sent.down < most, `${wire.sent.down} bytes were sent for a layer of ${total}`);
    assert.ok(readFileSync(root.blobPath(layer)).equals(big));
    assert.deepEqual(await root.partial(), []);
    const { problems, leftovers, images } = await checkDataRoot({ dataRoot: root.path });
    assert.deepEqual({ problems, leftovers, images }, { problems: [], leftovers: [], images: 1 });
  }

  for (const percent of [1, 50, 99]) {
    test(`because its connection was cut at ${percent} % goes on there with the next`, async () => {
      await using root = await TemporaryRoot.make();
      await using wire = await startBreakingWire(registry.host);
      wire.breakAfter((total * percent) / 100, "down");
      {
        await using engine = await engineAt(root);
        await assert.rejects(pull(engine, wire), { message: /connection reset by peer|EOF/ });
        assert.deepEqual(await engine.images.list({ all: true }), []);
        await pull(engine, wire);
      }
      await isComplete(root, wire);
    });

    test(`because its client left at ${percent} % goes on there with the next, in another engine too`, async () => {
      await using root = await TemporaryRoot.make();
      await using wire = await startBreakingWire(registry.host);
      const held = Math.floor((total * percent) / 100);
      const control = new AbortController();
      const isHeld = wire.holdAfter(held);
      // Nothing tells of the last megabyte.
      const onProgress = (current: number): void => void (held > MIB && current > held - MIB && control.abort());
      if (held < MIB) void isHeld.then(() => control.abort());
      {
        await using engine = await engineAt(root);
        await assert.rejects(pull(engine, wire, { signal: control.signal, onProgress }), { kind: "cancelled" });
      }
      if (percent > 1) assert.equal((await checkDataRoot({ dataRoot: root.path })).partial, 1);
      wire.release();
      {
        await using engine = await engineAt(root);
        await pull(engine, wire);
      }
      await isComplete(root, wire);
    });

    test(`because the daemon was killed at ${percent} % goes on there with the next`, async () => {
      await using root = await TemporaryRoot.make();
      await using wire = await startBreakingWire(registry.host);
      const held = Math.floor((total * percent) / 100);
      void wire.holdAfter(held);
      const killed = await startSlipway(root.path);
      const broken = create(killed, wire).catch(() => undefined);
      // A buffer that is not full yet stays in the engine's memory.
      while (partialSize(root) < held - 2 * MIB || wire.sent.down < held) await pause(5);
      await killed.kill();
      await broken;
      wire.release();
      {
        await using slipway = await startSlipway(root.path);
        assert.match(await create(slipway, wire), /Downloaded newer image/);
      }
      await isComplete(root, wire);
    });
  }

  test("over several connections loses little when one of them is cut and its client leaves", async () => {
    await using root = await TemporaryRoot.make();
    await using wire = await startBreakingWire(registry.host);
    const ranges = { from: 8 * MIB, fast: Infinity };
    const open = (): Promise<Engine> => openEngine({ dataRoot: root.path, registries: { ranges } });
    const held = total / 2;
    const control = new AbortController();
    {
      await using engine = await open();
      wire.breakAfter(total / 4, "down");
      const onProgress = (current: number): void => void (current > held && control.abort());
      await assert.rejects(pull(engine, wire, { signal: control.signal, onProgress }), { kind: "cancelled" });
    }
    {
      await using engine = await open();
      await pull(engine, wire);
    }
    // Two accidents on fast connections: what waited for its turn, and what was on the way, is lost with each.
    assert.ok(wire.sent.down < total * 1.25, `${wire.sent.down} bytes were sent for a layer of ${total}`);
    assert.ok(readFileSync(root.blobPath(layer)).equals(big));
    assert.deepEqual(await root.partial(), []);
  });

  test("after its layers had come whole needs none of them again", async () => {
    await using root = await TemporaryRoot.make();
    await using wire = await startBreakingWire(registry.host);
    await using engine = await engineAt(root);
    for await (const event of engine.images.pull({ image: `${wire.host}/app:1` })) {
      if (event.type === "layer" && event.digest === layer && event.state.step === "verifying") break;
    }
    await pull(engine, wire);
    assert.ok(wire.sent.down < most, `${wire.sent.down} bytes`);
  });

  for (const [what, damage] of [
    ["has garbage at its end", (path: string) => overwrite(path, -2 * MIB)],
    ["has garbage at its beginning", (path: string) => overwrite(path, 0)],
    ["is longer than the blob", (path: string) => writeFileSync(path, Buffer.alloc(total + 1))],
    ["is no file", (path: string) => writeFileSync(path, "")],
  ] as const) {
    test(`and whose part ${what} begins again`, async () => {
      await using root = await TemporaryRoot.make();
      await using wire = await startBreakingWire(registry.host);
      wire.breakAfter(total / 2, "down");
      await using engine = await engineAt(root);
      await assert.rejects(pull(engine, wire));
      const [name = ""] = await root.partial();
      await damage(join(root.path, "partial", name));
      await pull(engine, wire);
      assert.ok(readFileSync(root.blobPath(layer)).equals(big));
      assert.deepEqual(await root.partial(), []);
    });
  }

  test("leaves nothing of itself on a disk that it filled, and gives way where room is short", { skip: needsRoot() }, async () => {
    await using root = await TemporaryRoot.make();
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", root.path]).status, 0);
    try {
      await using wire = await startBreakingWire(registry.host);
      await using engine = await engineAt(root);
      const small = tarOf(ociArchive([{ image: imageOf([[{ name: "x", data: "x" }]]) }]));
      await assert.rejects(pull(engine, wire), { kind: "unavailable", message: /no space left on device/ });
      assert.deepEqual([await root.partial(), await root.unfinished(), await root.blobs()], [[], [], []]);
      wire.breakAfter(6 * MIB, "down");
      await assert.rejects(pull(engine, wire), { message: /connection reset by peer|EOF/ });
      assert.equal((await root.partial()).length, 1);
      await load(engine, small);
      assert.deepEqual(await root.partial(), []);
      assert.equal((await engine.images.list({ all: true })).length, 1);
    } finally {
      spawnSync("umount", ["-l", root.path]);
    }
  });

  test("is forgotten after a day, by a prune, and when the blob comes from elsewhere", async () => {
    await using root = await TemporaryRoot.make();
    await using wire = await startBreakingWire(registry.host);
    const breakOff = async (engine: Engine): Promise<string> => {
      wire.breakAfter(total / 2, "down");
      await assert.rejects(pull(engine, wire));
      const [name = ""] = await root.partial();
      return join(root.path, "partial", name);
    };
    {
      await using engine = await engineAt(root);
      const { size } = statSync(await breakOff(engine));
      assert.equal((await engine.images.prune({ filters: { until: new Date(0) } })).reclaimed, 0);
      assert.equal((await engine.images.prune()).reclaimed, size);
      assert.deepEqual(await root.partial(), []);
      await breakOff(engine);
      await load(engine, tarOf(ociArchive([{ image }])));
      assert.deepEqual(await root.partial(), []);
      await engine.images.remove(image.id);
      const path = await breakOff(engine);
      const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
      await utimes(path, longAgo, longAgo);
    }
    await using _ = await engineAt(root);
    while ((await root.partial()).length > 0) await pause(1);
  });
});

function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : "mounting a small disk needs root";
}

async function create(slipway: Slipway, wire: BreakingWire): Promise<string> {
  const path = `/images/create?fromImage=${encodeURIComponent(`${wire.host}/app`)}&tag=1`;
  const { body } = await send(slipway.socket, { method: "POST", path });
  return body.toString();
}

function partialSize(root: TemporaryRoot): number {
  const directory = join(root.path, "partial");
  if (!existsSync(directory)) return 0;
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

async function overwrite(path: string, from: number): Promise<void> {
  await using file = await open(path, "r+");
  await file.write(Buffer.alloc(MIB, 7), 0, MIB, from < 0 ? (await file.stat()).size + from : from);
}
