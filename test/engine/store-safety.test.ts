import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { checkDataRoot, openEngine } from "#engine";
import type { Engine } from "#engine";
import { dockerArchive, imageOf, ociArchive, tarOf } from "../workbench/index.ts";
import { load, names, save, TemporaryRoot } from "./engine-fixture.ts";

const one = imageOf([[{ name: "base", data: "shared" }], [{ name: "one", data: "1".repeat(300_000) }]]);
const two = imageOf([[{ name: "base", data: "shared" }], [{ name: "two", data: "2" }]], { config: { Cmd: ["two"] } });
const BOTH = tarOf(
  dockerArchive([
    { image: one, tags: ["one:1", "my/one:2"] },
    { image: two, tags: ["two:1"] },
  ]),
);
const MULTI = tarOf(
  ociArchive(
    [
      { image: one, platform: { os: "linux", architecture: "amd64" } },
      { image: two, platform: { os: "linux", architecture: "arm64" } },
    ],
    { annotations: { "io.containerd.image.name": "docker.io/library/multi:1" } },
  ),
);

async function isClean(root: TemporaryRoot): Promise<void> {
  const { problems, leftovers } = await checkDataRoot({ dataRoot: root.path });
  assert.deepEqual({ problems, leftovers }, { problems: [], leftovers: [] });
}

test("an image is still there after the engine has been closed and opened again", async () => {
  await using root = await TemporaryRoot.make();
  const saved = await withEngine(root, async (engine) => {
    await load(engine, BOTH);
    return save(engine, "one", "my/one", "two");
  });
  await isClean(root);
  await withEngine(root, async (engine) => assert.deepEqual(await save(engine, "one", "my/one", "two"), saved));
});

test("what one image needed and another still needs stays; the rest leaves the disk", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, async (engine) => {
    await load(engine, BOTH);
    await engine.images.remove("one:1");
    await engine.images.remove("my/one:2");
    assert.deepEqual(await names(engine), ["two:1"]);
    await save(engine, "two:1");
    await engine.images.remove("two:1");
  });
  assert.deepEqual(await root.blobs(), []);
  assert.deepEqual(readdirSync(join(root.path, "layers")), []);
  assert.deepEqual(readdirSync(join(root.path, "trash")), []);
  await isClean(root);
});

for (const [what, damage] of [
  ["lost", (root: string) => ["meta.db", "meta.db-wal"].forEach((name) => rmSync(join(root, name), { force: true }))],
  ["overwritten", (root: string) => writeFileSync(join(root, "meta.db"), "no database".repeat(1000))],
  ["half made, because the process died", (root: string) => forgetHalf(join(root, "meta.db"))],
] as const) {
  test(`a database that is ${what} is made again from the blobs and the journal of names`, async () => {
    await using root = await TemporaryRoot.make();
    const before = await withEngine(root, async (engine) => {
      await load(engine, BOTH);
      await load(engine, MULTI);
      await engine.images.tag("two:1", { repository: "again", tag: "3" });
      await engine.images.remove("my/one:2");
      return snapshot(engine);
    });
    damage(root.path);
    await withEngine(root, async (engine) => assert.deepEqual(await snapshot(engine), before));
    await isClean(root);
  });
}

test("repair of a damaged manifest keeps the layers under it, which go with the image", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, (engine) => load(engine, MULTI));
  const before = await root.blobs();
  const manifest = before.find((digest) => readFileSync(root.blobPath(`sha256:${digest}`), "latin1").includes('"layers":[')) ?? "";
  flip(root.blobPath(`sha256:${manifest}`), 10);
  await checkDataRoot({ dataRoot: root.path, repair: true });
  assert.deepEqual(
    await root.blobs(),
    before.filter((digest) => digest !== manifest),
  );
  await isClean(root);
  await withEngine(root, (engine) => engine.images.remove("multi:1"));
  assert.deepEqual(await root.blobs(), []);
  await isClean(root);
});

/** What a rebuild leaves that was killed between the blobs and the images. */
function forgetHalf(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA foreign_keys = OFF; DELETE FROM settings WHERE key IN ('built', 'closed')");
  for (const table of ["names", "image_layers", "manifests", "targets", "images", "configs", "edges"])
    database.exec(`DELETE FROM ${table}`);
  database.exec("DELETE FROM layers WHERE blob > 'sha256:8'; DELETE FROM blobs WHERE digest > 'sha256:8'");
  database.close();
}

for (const [what, damage, problem] of [
  ["a flipped bit", (path: string) => flip(path), /its bytes have the digest sha256:/],
  ["a cut end", (path: string) => truncateSync(path, 1000), /expected \d+ bytes but found 1000/],
  ["a missing file", (path: string) => rmSync(path), /the blob is missing/],
] as const) {
  test(`fsck finds ${what} in a layer, and repair removes it so that a load can bring it back`, async () => {
    await using root = await TemporaryRoot.make();
    await withEngine(root, (engine) => load(engine, BOTH));
    const layer = one.diffIds[1] ?? "";
    damage(root.blobPath(layer));
    const report = await checkDataRoot({ dataRoot: root.path });
    assert.equal(
      report.problems.some((line) => line.startsWith(`content ${layer}: `) && problem.test(line)),
      true,
      report.problems.join("\n"),
    );
    assert.equal(
      report.problems.some((line) => line.startsWith(`image ${one.id}: `)),
      true,
    );
    await checkDataRoot({ dataRoot: root.path, repair: true });
    await isClean(root);
    await withEngine(root, async (engine) => {
      await assert.rejects(save(engine, "one:1"), { kind: "not-found" });
      await save(engine, "two:1");
      await load(engine, BOTH);
      assert.ok((await save(engine, "one:1")).includes(one.layers[1] ?? ""));
    });
  });
}

test("files without a record are leftovers, and gone after the next start that follows a crash", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, (engine) => load(engine, BOTH));
  const stray = "a".repeat(64);
  writeFileSync(join(root.path, "blobs", "sha256", stray), "left by a crash");
  writeFileSync(join(root.path, "ingest", "99"), "unfinished");
  const report = await checkDataRoot({ dataRoot: root.path, repair: true });
  assert.deepEqual(report.problems, []);
  assert.deepEqual(report.leftovers, [`content sha256:${stray}: stored without a record`]);
  assert.equal((await root.blobs()).includes(stray), false);
  assert.deepEqual(readdirSync(join(root.path, "ingest")), []);
});

test("a second engine is refused while the first has the data root", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, async () => {
    await assert.rejects(root.open(), { kind: "conflict" });
    await assert.rejects(checkDataRoot({ dataRoot: root.path }), { kind: "conflict" });
  });
});

test("pruning beside loads takes nothing from them", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, async (engine) => {
    const archives = [BOTH, MULTI, tarOf(dockerArchive([{ image: one }]))];
    for (let round = 0; round < 20; round += 1) {
      const work = archives.map((archive) => load(engine, archive));
      const pruning = Promise.all([1, 2, 3].map(() => engine.images.prune({ filters: { dangling: true } })));
      await Promise.all([...work, pruning]);
      await save(engine, "one:1", "two:1", "multi:1");
      for (const name of await names(engine)) await engine.images.remove(name, { force: true });
    }
  });
  await isClean(root);
});

test("a save that has begun is complete although its image is removed meanwhile", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, async (engine) => {
    await load(engine, BOTH);
    const whole = await save(engine, "one:1");
    const parts: Uint8Array[] = [];
    for await (const chunk of await engine.images.save({ names: ["one:1"] })) {
      parts.push(chunk);
      if (parts.length === 1) await engine.images.prune({ filters: { dangling: false } });
    }
    assert.deepEqual(Buffer.concat(parts), whole);
    assert.deepEqual(await engine.images.list({ all: true }), []);
  });
  assert.deepEqual(await root.blobs(), [], "what the save held is gone with it");
  await isClean(root);
});

test("a load that is left or cancelled in the middle leaves nothing behind", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, async (engine) => {
    const controller = new AbortController();
    async function* stalling(): AsyncGenerator<Uint8Array> {
      yield BOTH.subarray(0, 200_000);
      controller.abort();
      yield BOTH.subarray(200_000);
    }
    await assert.rejects(Array.fromAsync(engine.images.load({ archive: stalling() }, { signal: controller.signal })), {
      kind: "cancelled",
    });
    assert.deepEqual(await root.blobs(), []);
    assert.deepEqual(readdirSync(join(root.path, "ingest")), []);
  });
});

for (const [what, change] of [
  ["removed", (engine: Engine) => engine.images.remove("multi:1")],
  ["moved", (engine: Engine) => engine.images.tag("two:1", { repository: "multi", tag: "1" })],
] as const) {
  test(`a name that means one manifest keeps no other platform alive once the index's name is ${what}`, async () => {
    await using root = await TemporaryRoot.make();
    await withEngine(root, async (engine) => {
      await load(
        engine,
        tarOf(
          dockerArchive([
            { image: one, tags: ["one:1"] },
            { image: imageOf([]), tags: ["two:1"] },
          ]),
        ),
      );
      const alone = await root.blobs();
      await load(engine, MULTI);
      await change(engine);
      const [row] = (await engine.images.list({ manifests: true })).filter(({ names }) => names.includes("one:1"));
      assert.equal(row?.manifests?.length, 1);
      assert.equal(row.image.target.digest, (await engine.images.inspect("one:1")).descriptor.digest);
      assert.deepEqual(await root.blobs(), alone);
    });
    await isClean(root);
  });
}

test("removing platforms takes their content and keeps the image", async () => {
  await using root = await TemporaryRoot.make();
  await withEngine(root, async (engine) => {
    await load(engine, MULTI);
    const platforms = [{ os: "linux", architecture: "arm64" }];
    await assert.rejects(engine.images.remove("multi:1", { platforms }), {
      message: /^Content will be removed from all images referencing this variant/,
    });
    const removed = await engine.images.remove("multi:1", { platforms, force: true });
    const { manifests } = await engine.images.inspect("multi:1", { manifests: true });
    assert.deepEqual(removed, [{ deleted: manifests?.[1]?.descriptor.digest }]);
    assert.deepEqual(
      manifests?.map((manifest) => manifest.available),
      [true, false],
    );
    await engine.images.remove("multi:1");
  });
  assert.deepEqual(await root.blobs(), []);
  await isClean(root);
});

test("a full disk refuses a load and keeps working; removing gives the space back", { skip: needsRoot() }, async () => {
  const mount = await mkdtemp(join(tmpdir(), "slipway-full-"));
  assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", mount]).status, 0);
  try {
    mkdirSync(join(mount, "root"));
    await using engine = await openEngine({ dataRoot: join(mount, "root") });
    await load(engine, BOTH);
    const big = imageOf([[{ name: "big", data: Buffer.alloc(20_000_000, 3) }]]);
    await assert.rejects(load(engine, tarOf(dockerArchive([{ image: big, tags: ["big:1"] }]))), {
      kind: "unavailable",
      message: /no space left on device/,
    });
    assert.deepEqual((await names(engine)).sort(), ["my/one:2", "one:1", "two:1"]);
    await save(engine, "one:1");
    const free = statfsSync(mount).bavail * statfsSync(mount).bsize;
    writeFileSync(join(mount, "filler"), Buffer.alloc(Math.max(0, free - 4096)));
    assert.deepEqual((await engine.images.remove("one:1")).length, 1);
    assert.ok((await engine.images.prune({ filters: { dangling: false } })).reclaimed > 0);
    assert.deepEqual(await engine.images.list({ all: true }), []);
  } finally {
    spawnSync("umount", ["-l", mount]);
  }
});

function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : "mounting a small disk needs root";
}

async function withEngine<T>(root: TemporaryRoot, work: (engine: Awaited<ReturnType<typeof openEngine>>) => Promise<T>): Promise<T> {
  await using engine = await root.open();
  return await work(engine);
}

async function snapshot(engine: Awaited<ReturnType<typeof openEngine>>): Promise<unknown> {
  const rows = await engine.images.list({ all: true, manifests: true });
  return rows.map(({ image, manifests }) => ({ ...image, manifests })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function flip(path: string, offset = 1500): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
