import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { resultOf } from "#sdk";
import type { Client, DiskUsageJson, EngineError, EventJson } from "#sdk";
import { imageArchive, rootfsArchive } from "../fixtures/image-archive.ts";
import { targets } from "../targets.ts";
import type { OpenTarget, Target } from "../targets.ts";
import { readTar } from "../workbench/index.ts";
import * as shapes from "./shapes.ts";

/** Names and labels of this run alone, so that others may use the same engine. */
const RUN = `${process.pid}-${Date.now().toString(36)}`;
const NAME = `sdk-live/${RUN}`;
const LABEL = `sdk-live=${RUN}`;

const ARCHIVE = imageArchive({
  layers: [
    { "etc/": "", "etc/hosts": `127.0.0.1 ${RUN}\n` },
    { "bin/": "", "bin/app": "#!/bin/sh\n" },
  ],
  config: { Cmd: ["/bin/app"], Env: ["PATH=/bin"], Labels: { "sdk-live": RUN }, ExposedPorts: { "80/tcp": {} } },
  tags: [`${NAME}:1`],
});

const VERSIONS = ["1.24", "1.40", "1.43", "1.44", "1.45", "1.47", "1.48", "1.50", "1.51", "1.52", "1.53", "1.54", "1.55"];

for (const target of targets) {
  test(`the conversation with ${target.name}`, async (t) => {
    await using engine = await target.open();
    if (engine === undefined) {
      t.skip(`${target.name} does not run here`);
      return;
    }
    await using client = await engine.connect();
    try {
      await converse(t, { target, engine, client });
    } finally {
      await cleanUp(client);
    }
  });
}

interface Party {
  readonly target: Target;
  readonly engine: OpenTarget;
  readonly client: Client;
}

async function converse(t: TestContext, { target, engine, client }: Party): Promise<void> {
  const imageId = target.imageId === "config" ? ARCHIVE.imageId : ARCHIVE.manifestDigest;

  await t.test("ping, version and info say the same of the engine", async () => {
    const ping = await client.ping();
    const version = await client.version();
    const info = await client.info();
    assert.equal(ping.apiVersion, version.ApiVersion);
    assert.equal(ping.osType, info.OSType);
    assert.equal(version.Version, info.ServerVersion);
    shapes.assertShape(version, shapes.version, "version");
    shapes.assertShape(info, shapes.info, "info");
  });

  await t.test("load reports the names, and the image is listed", async () => {
    assert.deepEqual(await resultOf(client.imageLoad(ARCHIVE.chunks(1000))), { names: [`${NAME}:1`], ids: [] });
    const listed = await client.imageList({ filters: { reference: `${NAME}:1` } });
    assert.deepEqual(
      listed.map(({ Id, RepoTags, Labels }) => ({ Id, RepoTags, Labels })),
      [{ Id: imageId, RepoTags: [`${NAME}:1`], Labels: { "sdk-live": RUN } }],
    );
  });

  await t.test("inspect finds it by name, ID and short ID", async () => {
    for (const name of [`${NAME}:1`, `docker.io/${NAME}:1`, imageId, imageId.slice(7, 19), imageId.slice(7)]) {
      const image = await client.imageInspect(name);
      assert.deepEqual(
        { Id: image.Id, tags: image.RepoTags, cmd: image.Config.Cmd, env: image.Config.Env, os: image.Os, layers: image.RootFS.Layers },
        { Id: imageId, tags: [`${NAME}:1`], cmd: ["/bin/app"], env: ["PATH=/bin"], os: "linux", layers: ARCHIVE.diffIds },
        name,
      );
      assert.equal(image.Created, "2024-05-06T07:08:09Z");
    }
  });

  await t.test("history has an entry per layer, newest first", async () => {
    const history = await client.imageHistory(`${NAME}:1`);
    shapes.assertShape(history, shapes.imageHistory, "history");
    assert.deepEqual(
      history.map(({ CreatedBy, Tags, Id }) => ({ CreatedBy, Tags, Id })),
      [
        { CreatedBy: "COPY layer-1 /", Tags: [`${NAME}:1`], Id: imageId },
        { CreatedBy: "COPY layer-0 /", Tags: null, Id: "<missing>" },
      ],
    );
    assert.equal(history[0]?.Created, Date.parse("2024-05-06T07:08:09Z") / 1000);
  });

  await t.test("a tag is told to whoever listens", async () => {
    await using events = await client.events({ filters: { type: "image", event: ["tag", "untag"] } });
    await client.imageTag(`${NAME}:1`, { repo: NAME, tag: "2" });
    await client.imageTag(`${NAME}:1`, { repo: `${NAME}:3` });
    const event = await firstEvent(events, ({ Actor }) => Actor.ID === imageId);
    shapes.assertShape(event, shapes.event(client.apiVersion), "event");
    assert.equal(event.Action, "tag");
    assert.deepEqual(event.Actor.Attributes, { name: `${NAME}:2`, "sdk-live": RUN });
    assert.deepEqual((await client.imageInspect(imageId)).RepoTags, [`${NAME}:1`, `${NAME}:2`, `${NAME}:3`]);
  });

  await t.test("filters choose", async () => {
    const chosen = async (filters: Parameters<Client["imageList"]>[0]): Promise<unknown> =>
      (await client.imageList(filters)).filter(({ Labels }) => Labels?.["sdk-live"] === RUN).map(({ RepoTags }) => RepoTags);
    const all = [`${NAME}:1`, `${NAME}:2`, `${NAME}:3`];
    assert.deepEqual(await chosen({ filters: { label: LABEL } }), [all]);
    assert.deepEqual(await chosen({ filters: { label: ["sdk-live", LABEL] } }), [all]);
    assert.deepEqual(await chosen({ filters: { label: "sdk-live=other" } }), []);
    assert.deepEqual(await chosen({ filters: { reference: [`${NAME}:1`, `${NAME}:3`] } }), [[`${NAME}:1`, `${NAME}:3`]]);
    assert.deepEqual(await chosen({ filters: { dangling: true, label: LABEL } }), []);
    assert.deepEqual(await chosen({ filters: { dangling: false, label: LABEL } }), [all]);
    assert.deepEqual(await chosen({ filters: { before: `${NAME}:1`, label: LABEL } }), []);
    if (target.untilIsCreation) assert.deepEqual(await chosen({ filters: { until: "1h", label: LABEL } }), [all]);
    assert.deepEqual(await chosen({ filters: { until: new Date(1_000_000), label: LABEL } }), []);
  });

  await t.test("what is saved can be loaded again, the same", async () => {
    const one = await collect(await client.imageGet(`${NAME}:1`));
    const many = await collect(await client.imageGetAll([`${NAME}:1`, `${NAME}:2`]));
    const tagsIn = (archive: Buffer): unknown => fileOf<{ RepoTags: string[] }[]>(archive, "manifest.json")[0]?.RepoTags;
    assert.deepEqual([tagsIn(one), tagsIn(many)], [[`${NAME}:1`], [`${NAME}:1`, `${NAME}:2`]]);
    assert.equal(fileOf<{ schemaVersion: number }>(one, "index.json").schemaVersion, 2);
    assert.deepEqual((await resultOf(client.imageLoad(chunk(one)))).names, [`${NAME}:1`]);
    assert.equal((await client.imageInspect(`${NAME}:1`)).Id, imageId);
  });

  await t.test("an import becomes an image of one layer", async () => {
    const from = rootfsArchive({ "etc/": "", "etc/os-release": `ID=${RUN}\n` });
    const { id } = await resultOf(client.imageCreate({ from, repo: NAME, tag: "imported", message: "by hand" }));
    const image = await client.imageInspect(`${NAME}:imported`);
    assert.deepEqual([image.Id, image.Comment, image.RootFS.Layers?.length], [id, "by hand", 1]);
    const history = await client.imageHistory(id);
    assert.deepEqual(
      history.map(({ CreatedBy, Comment, Tags }) => ({ CreatedBy, Comment, Tags })),
      [{ CreatedBy: "", Comment: "by hand", Tags: [`${NAME}:imported`] }],
    );
    assert.deepEqual((await client.imageDelete(`${NAME}:imported`)).slice(0, 2), [{ Untagged: `${NAME}:imported` }, { Deleted: id }]);
  });

  await t.test("an import takes changes to the config", async () => {
    const changes = ['CMD ["/bin/sh"]', `LABEL sdk-live=${RUN}`, "EXPOSE 8080"];
    const { id } = await resultOf(client.imageCreate({ from: rootfsArchive({ "etc/": "" }), repo: NAME, tag: "changed", changes }));
    const { Config } = await client.imageInspect(id);
    assert.deepEqual([Config.Cmd, Config.ExposedPorts, Config.Labels], [["/bin/sh"], { "8080/tcp": {} }, { "sdk-live": RUN }]);
    await client.imageDelete(id, { force: true });
  });

  await t.test("df counts it, with what it shares", async () => {
    const usage = await client.systemDf();
    shapes.assertShape(ownUsage(usage), shapes.diskUsage(client.apiVersion), "df");
    const image = usage.Images?.find(({ Id }) => Id === imageId);
    assert.ok(image !== undefined);
    assert.ok(image.SharedSize >= 0 && image.Containers === 0);
    const onlyImages = await client.systemDf({ types: ["image"] });
    assert.ok(onlyImages.Images?.some(({ Id }) => Id === imageId));
    assert.ok(onlyImages.Containers === null || onlyImages.Containers === undefined);
  });

  await t.test("every version has the shape that it should", async () => {
    const newest = VERSIONS.indexOf(client.apiVersion);
    assert.notEqual(newest, -1, `no shapes are known for ${client.apiVersion}`);
    for (const apiVersion of VERSIONS.slice(0, newest + 1)) {
      await using old = await engine.connect({ apiVersion });
      const listed = (await old.imageList({ filters: { label: LABEL } })).find(({ Id }) => Id === imageId);
      shapes.assertShape(listed, shapes.imageSummary(apiVersion), `list ${apiVersion}`);
      shapes.assertShape(await old.imageInspect(`${NAME}:1`), shapes.imageInspect(apiVersion), `inspect ${apiVersion}`);
      shapes.assertShape(ownUsage(await old.systemDf()), shapes.diskUsage(apiVersion), `df ${apiVersion}`);
    }
    shapes.assertShape(await client.imageInspect(imageId), shapes.imageInspect(client.apiVersion), "inspect");
    const withManifests = await client.imageList({ manifests: true, sharedSize: true, filters: { label: LABEL } });
    shapes.assertShape(withManifests[0], shapes.imageSummary(client.apiVersion), "list");
    if (target.keepsManifests) {
      const inspected = await client.imageInspect(`${NAME}:1`, { manifests: true });
      assert.deepEqual(
        inspected.Manifests?.map(({ Kind, Available }) => [Kind, Available]),
        [["image", true]],
      );
    }
  });

  await t.test("failures carry Docker's words, their kind and their status", async () => {
    const nope = `${NAME}-nope`;
    const cases: readonly [call: () => Promise<unknown>, kind: string, status: number, message: string][] = [
      [() => client.imageInspect(nope), "not-found", 404, `No such image: ${nope}:latest`],
      [() => client.imageHistory(`${nope}:1`), "not-found", 404, `No such image: ${nope}:1`],
      [() => client.imageDelete(nope), "not-found", 404, `No such image: ${nope}:latest`],
      [() => client.imageTag(nope, { repo: NAME }), "not-found", 404, `No such image: ${nope}:latest`],
      [() => client.imageTag(`${NAME}:1`, { repo: NAME, tag: "a b" }), "invalid-argument", 400, "invalid tag format"],
      [
        () => client.imageInspect("UP"),
        "invalid-argument",
        400,
        "invalid reference format: repository name (library/UP) must be lowercase",
      ],
      [() => client.imageList({ filters: { before: nope } }), "not-found", 404, `No such image: ${nope}:latest`],
    ];
    for (const [call, kind, status, message] of cases) {
      await assert.rejects(call, ({ kind: actual, message: words, details }: EngineError) => {
        assert.deepEqual([actual, details?.["status"], words], [kind, status, message]);
        return true;
      });
    }
    await assert.rejects(client.imageGet(`${nope}:1`), { kind: "not-found" });
  });

  await t.test("an image with names in two repositories is not deleted by its ID", async () => {
    await client.imageTag(`${NAME}:1`, { repo: `${NAME}-other`, tag: "1" });
    const message = `conflict: unable to delete ${imageId.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`;
    await assert.rejects(client.imageDelete(imageId), { kind: "conflict", message });
    await client.imageDelete(`${NAME}-other:1`);
  });

  await t.test("a load of garbage fails in the stream", async () => {
    await assert.rejects(resultOf(client.imageLoad(chunk(Buffer.alloc(5000, 7)))), { kind: "internal", details: { status: 200 } });
  });

  await t.test("a load that is refused at once tells why, however much is still to come", async () => {
    let chunks = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (const zeros = new Uint8Array(64 * 1024); chunks < 10_000; chunks += 1) yield zeros;
    }
    const message = "both OS and Architecture must be provided";
    const load = client.imageLoad(endless(), { platforms: [{ os: "linux", architecture: "" }] });
    await assert.rejects(resultOf(load), { kind: "invalid-argument", message });
    assert.ok(chunks < 10_000, "all of it was sent");
  });

  await t.test("a load that is given up leaves nothing", async () => {
    const archive = imageArchive({ layers: [{ x: RUN }], tags: [`${NAME}:never`] });
    const controller = new AbortController();
    async function* half(): AsyncGenerator<Uint8Array> {
      yield archive.bytes.subarray(0, 1024);
      controller.abort();
      await new Promise(() => {});
    }
    await assert.rejects(resultOf(client.imageLoad(half(), { signal: controller.signal })), { kind: "cancelled" });
    await assert.rejects(client.imageInspect(`${NAME}:never`), { kind: "not-found" });
  });

  await t.test("prune takes the untagged that its filter chooses", async () => {
    const labels = { "sdk-live-prune": RUN };
    const untagged = imageArchive({ layers: [{ pruned: RUN }], config: { Labels: labels } });
    const { ids } = await resultOf(client.imageLoad(untagged.chunks()));
    const id = target.imageId === "config" ? untagged.imageId : untagged.manifestDigest;
    assert.deepEqual(ids, [id]);
    const pruned = await client.imagePrune({ filters: { label: `sdk-live-prune=${RUN}` } });
    assert.ok(pruned.ImagesDeleted?.some(({ Deleted }) => Deleted === id));
    assert.ok(pruned.SpaceReclaimed >= 0);
    assert.deepEqual(await client.imagePrune({ filters: { label: `sdk-live-prune=${RUN}` } }), { ImagesDeleted: null, SpaceReclaimed: 0 });
  });

  await t.test("deletion untags, then deletes", async () => {
    assert.deepEqual(await client.imageDelete(`${NAME}:3`), [{ Untagged: `${NAME}:3` }]);
    await client.imageDelete(`${NAME}:2`);
    const [untagged, deleted, ...layers] = await client.imageDelete(`${NAME}:1`);
    assert.deepEqual([untagged, deleted], [{ Untagged: `${NAME}:1` }, { Deleted: imageId }]);
    assert.equal(layers.length, target.imageId === "config" ? 2 : 0);
    await assert.rejects(client.imageInspect(imageId), { kind: "not-found" });
  });

  await t.test("what happened is remembered, in order", async () => {
    const past = await client.events({ since: new Date(Date.now() - 600_000), until: new Date(), filters: { type: "image" } });
    const actions: string[] = [];
    for await (const { Action, Actor } of past) if (Actor.ID === imageId && Action !== "save") actions.push(Action);
    const expected = ["load", "tag", "tag", "load", "tag", "untag", "untag", "untag", "untag", "delete"];
    assert.deepEqual(actions, expected);
  });
}

/** Whatever others keep on the engine is theirs to be right. */
function ownUsage({ Images = null, ...usage }: DiskUsageJson): DiskUsageJson {
  return { ...usage, Images: Images?.filter(({ Labels }) => Labels?.["sdk-live"] === RUN) ?? null };
}

async function firstEvent(events: AsyncIterable<EventJson>, isWanted: (event: EventJson) => boolean): Promise<EventJson> {
  for await (const event of events) if (isWanted(event)) return event;
  throw new Error("the stream of events ended before the one that was waited for");
}

function fileOf<T>(archive: Buffer, name: string): T {
  return JSON.parse(readTar(archive).data.get(name)?.toString() ?? "null") as T;
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of stream) chunks.push(bytes);
  return Buffer.concat(chunks);
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function cleanUp(client: Client): Promise<void> {
  for (const label of [LABEL, `sdk-live-prune=${RUN}`]) {
    for (const { Id } of await client.imageList({ filters: { label } })) await client.imageDelete(Id, { force: true });
  }
}
