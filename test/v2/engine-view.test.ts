import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Engine } from "#engine";
import type { EngineEvent } from "#events";
import { imageArchive } from "../fixtures/image-archive.ts";
import { load, names, TemporaryRoot } from "../engine/engine-fixture.ts";
import { Lab } from "./case.ts";
import { artifactOf, imageOf, indexOf, manifestOf, pieceOf, randomPiece, TYPE } from "./content.ts";
import type { Whole } from "./content.ts";
import { serveRegistry } from "./served-registry.ts";

/** What a push is for the engine, and what the engine's own images are for who pulls. */
async function withEngine(work: (lab: Lab, engine: Engine, root: TemporaryRoot) => Promise<void>): Promise<void> {
  await using root = await TemporaryRoot.make();
  await using engine = await root.open();
  await using registry = await serveRegistry(engine);
  await work(new Lab(engine, registry, 1), engine, root);
}

function speaksOf({ descriptor }: Whole): { readonly more: { readonly subject: Whole["descriptor"] } } {
  return { more: { subject: descriptor } };
}

test("a pushed image is one like any other: listed, inspected, with its digest, told of", () =>
  withEngine(async (lab, engine) => {
    const events = engine.events.subscribe({});
    const image = await lab.push(imageOf(), "v1");
    const { value } = (await events.next()) as IteratorYieldResult<EngineEvent>;
    assert.deepEqual([value.action, value.actor.attributes["name"]], ["load", `${lab.repository}:v1`]);
    await events.return?.();
    const detail = await engine.images.inspect(`${lab.repository}:v1`);
    assert.equal(detail.id, image.blobs[0]?.descriptor.digest);
    assert.deepEqual(detail.digests, [`${lab.repository}@${image.descriptor.digest}`]);
    assert.equal(detail.descriptor.digest, image.descriptor.digest);
  }));

test("an index is one image, however its manifests came before it; those with a tag of their own stay images", () =>
  withEngine(async (lab, engine) => {
    const [amd64, arm64] = [imageOf(), imageOf({ architecture: "arm64" })];
    await lab.push(arm64, arm64.descriptor.digest, "arm");
    await lab.push(indexOf([amd64, arm64]), "all");
    const rows = await engine.images.list();
    assert.deepEqual(rows.flatMap((row) => row.names).toSorted(), [`${lab.repository}:all`, `${lab.repository}:arm`]);
    assert.equal(rows.length, 2);
    const { manifests } = await engine.images.inspect(`${lab.repository}:all`, { manifests: true });
    assert.deepEqual(
      manifests?.map(({ platform, available }) => [platform?.architecture, available]),
      [
        ["amd64", true],
        ["arm64", true],
      ],
    );
    await engine.images.remove(`${lab.repository}:all`);
    assert.deepEqual(await names(engine), [`${lab.repository}:arm`]);
    await lab.expectWhole(arm64, "arm");
    await lab.ask(404, `GET manifests/${amd64.descriptor.digest}`);
  }));

test("what was loaded can be pulled, by tag, by digest, under each of its names", () =>
  withEngine(async (lab, engine) => {
    const archive = imageArchive({ layers: [{ a: "1" }], tags: ["team/app:1", "official:1", "registry.example:5000/app:1"] });
    await load(engine, archive.bytes);
    for (const name of ["team/app", "official", "library/official", "registry.example:5000/app", "docker.io/team/app", "team%2Fapp"]) {
      for (const reference of ["1", archive.manifestDigest]) {
        const { headers, body } = await lab.ask(200, `GET /v2/${name}/manifests/${reference}`);
        assert.equal(headers["docker-content-digest"], archive.manifestDigest);
        const { config, layers } = JSON.parse(body.toString()) as Record<"config", Whole["descriptor"]> & { layers: Whole["descriptor"][] };
        for (const { digest, size } of [config, ...layers]) {
          assert.equal((await lab.ask(200, `GET /v2/${name}/blobs/${digest}`)).body.byteLength, size);
        }
      }
    }
    assert.deepEqual(await lab.json("GET /v2/_catalog"), { repositories: ["official", "registry.example:5000/app", "team/app"] });
    await lab.ask(404, `GET /v2/team/other/manifests/${archive.manifestDigest}`);
  }));

test("what speaks of an image is no image, is not pruned, and goes with it", () =>
  withEngine(async (lab, engine, root) => {
    const image = await lab.push(imageOf(), "v1");
    const signature = await lab.push(artifactOf(speaksOf(image)));
    const remark = await lab.push(artifactOf(speaksOf(signature)));
    assert.equal((await engine.images.list()).length, 1);
    await engine.images.prune();
    await lab.expectManifest(signature);
    await lab.expectManifest(remark);
    await engine.images.remove(`${lab.repository}:v1`);
    assert.deepEqual(await root.blobs(), []);
  }));

test("what spoke of an image before it came is an image until then", () =>
  withEngine(async (lab, engine) => {
    const image = imageOf();
    await lab.push(artifactOf(speaksOf(image)));
    assert.equal((await engine.images.list()).length, 1);
    await lab.push(image, "v1");
    assert.deepEqual(await names(engine), [`${lab.repository}:v1`]);
    assert.equal((await engine.images.list()).length, 1);
  }));

test("a moved tag leaves what it stood for under its digest, and removing that frees its blobs", () =>
  withEngine(async (lab, engine, root) => {
    const first = await lab.push(imageOf(), "v1");
    const second = await lab.push(imageOf(), "v1");
    await engine.images.remove(`${lab.repository}@${first.descriptor.digest}`);
    const left = [second, ...second.blobs].map(({ descriptor }) => descriptor.digest.slice("sha256:".length));
    assert.deepEqual(await root.blobs(), left.toSorted());
  }));

test("manifests that hold no image are kept as artifacts, through the loss of the database too", async () => {
  await using root = await TemporaryRoot.make();
  const kept: { whole: Whole; tags: string[] }[] = [];
  {
    await using engine = await root.open();
    await using registry = await serveRegistry(engine);
    const lab = new Lab(engine, registry, 1);
    const odd = manifestOf(pieceOf(TYPE.config, '{"rootfs":{"type":"layers","diff_ids":["sha256:0"]}}'), [
      pieceOf(TYPE.layer, randomPiece().bytes),
    ]);
    const image = imageOf();
    const parts: readonly (readonly [Whole, ...string[]])[] = [
      [odd, "odd"],
      [artifactOf(), "artifact"],
      [indexOf([]), "nothing"],
      [image, "image"],
      [artifactOf(speaksOf(image))],
      [indexOf([imageOf(), imageOf({ architecture: "arm64" })]), "index"],
    ];
    for (const [whole, ...tags] of parts) {
      await lab.push(whole, ...tags);
      kept.push({ whole, tags });
    }
  }
  for (const file of ["meta.db", "meta.db-wal", "meta.db-shm"]) await rm(join(root.path, file), { force: true });
  await using engine = await root.open();
  await using registry = await serveRegistry(engine);
  const lab = new Lab(engine, registry, 1);
  for (const { whole, tags } of kept) await lab.expectWhole(whole, ...tags);
  assert.equal((await engine.images.list()).length, 5);
  const { manifests } = (await lab.json(`GET referrers/${kept[3]?.whole.descriptor.digest}`)) as { manifests: { digest: string }[] };
  assert.deepEqual(
    manifests.map(({ digest }) => digest),
    [kept[4]?.whole.descriptor.digest],
  );
});

test("without leave, nothing is deleted", async () => {
  await using root = await TemporaryRoot.make();
  await using engine = await root.open();
  await using registry = await serveRegistry(engine, { allowRemoval: false });
  const lab = new Lab(engine, registry, 1);
  const image = await lab.push(imageOf(), "v1");
  const blob = randomPiece();
  await lab.pushBlob(blob);
  for (const path of ["manifests/v1", `manifests/${image.descriptor.digest}`, `blobs/${blob.descriptor.digest}`]) {
    assert.equal(await lab.refusal(405, `DELETE ${path}`), "UNSUPPORTED");
  }
  await lab.expectWhole(image, "v1");
  await lab.expectBlob(blob);
});
