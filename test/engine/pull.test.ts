import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openEngine } from "#engine";
import type { Engine, PullEvent, PullRequest } from "#engine";
import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { imageOf, ociArchive, sha256, tarOf } from "../workbench/index.ts";
import type { OciEntry } from "../workbench/index.ts";
import { TemporaryRoot } from "./engine-fixture.ts";

const hasSkopeo = existsSync("/usr/bin/skopeo");
const skip = hasRegistry && hasSkopeo ? false : "docker-registry and skopeo are not installed";

const app = imageOf([[{ name: "base", data: "base" }], [{ name: "app", data: "x".repeat(700_000) }]], {
  config: { Labels: { kind: "app" } },
});
const newer = imageOf([app.layers[0] ?? Buffer.alloc(0), [{ name: "app", data: "newer" }]]);
const arm = imageOf([[{ name: "arm", data: "arm" }]], { architecture: "arm64", variant: "v8" });
const PLATFORMS: readonly OciEntry[] = [
  { image: app, platform: { os: "linux", architecture: "amd64" } },
  { image: arm, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
];

describe("pull from a real registry", { skip }, () => {
  let registry: RunningRegistry;
  let folder: TemporaryRoot;

  before(async () => {
    registry = await startRegistry();
    folder = await TemporaryRoot.make();
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  function upload(entries: readonly OciEntry[], name: string, options: { all?: boolean; to?: RunningRegistry; creds?: string } = {}): void {
    const path = join(folder.path, "upload.tar");
    const index = options.all === true ? { annotations: { "org.opencontainers.image.ref.name": "x" } } : undefined;
    writeFileSync(
      path,
      tarOf(
        ociArchive(
          entries.map((entry) => (index ? entry : { ...entry, annotations: { "org.opencontainers.image.ref.name": "x" } })),
          index,
        ),
      ),
    );
    const args = ["--insecure-policy", "copy", "--dest-tls-verify=false", ...(options.all === true ? ["--all"] : [])];
    if (options.creds !== undefined) args.push("--dest-creds", options.creds);
    const { status, stderr } = spawnSync(
      "skopeo",
      [...args, `oci-archive:${path}:x`, `docker://${(options.to ?? registry).host}/${name}`],
      { encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
  }

  async function pull(engine: Engine, request: PullRequest): Promise<PullEvent[]> {
    return Array.fromAsync(engine.images.pull(request));
  }

  const steps = (events: readonly PullEvent[]): string[] =>
    events.flatMap((event) => (event.type === "layer" && event.state.step !== "downloading" ? [event.state.step] : []));

  test("a tag arrives with its layers, its digest and an event, and is up to date the next time with one request", async () => {
    upload([{ image: app }], "team/app:1");
    await using engine = await openEngine({ memory: true });
    const heard = engine.events.subscribe({});
    const name = `${registry.host}/team/app`;
    const events = await pull(engine, { image: name, tag: "1" });
    assert.deepEqual(events[0], { type: "pulling", repository: "team/app", id: "1" });
    assert.equal(steps(events).filter((step) => step === "complete").length, 2);
    assert.deepEqual(events.slice(-2), [
      { type: "pulled", name: `${name}:1`, isNew: true },
      { type: "done", images: [app.id] },
    ]);
    const detail = await engine.images.inspect(`${name}:1`);
    assert.deepEqual(detail.config.diffIds, app.diffIds);
    assert.deepEqual(detail.digests, [`${name}@${detail.descriptor.digest}`]);
    for await (const { action, actor } of heard) {
      assert.deepEqual([action, actor], ["pull", { id: `${name}:1`, attributes: { kind: "app", name } }]);
      break;
    }
    const before = registry.log().length;
    const again = await pull(engine, { image: `${name}:1` });
    assert.deepEqual(
      again.map((event) => event.type),
      ["pulling", "digest", "pulled", "done"],
    );
    assert.deepEqual(again.at(-2), { type: "pulled", name: `${name}:1`, isNew: false });
    assert.equal(
      registry
        .log()
        .slice(before)
        .match(/"(GET|HEAD) \/v2\/team/g)?.length,
      1,
      "one HEAD",
    );
  });

  test("a tag that moves fetches only what is new, and the old image stays without it", async () => {
    upload([{ image: app }], "moving:1");
    await using engine = await openEngine({ memory: true });
    const name = `${registry.host}/moving:1`;
    await pull(engine, { image: name });
    upload([{ image: newer }], "moving:1");
    const events = await pull(engine, { image: name });
    assert.deepEqual(steps(events).toSorted(), ["complete", "downloaded", "exists", "storing", "verifying", "waits"]);
    assert.equal((await engine.images.inspect(name)).id, newer.id);
    assert.deepEqual((await engine.images.inspect(app.id)).names, []);
  });

  test("of an index the wanted platform comes, and others later beside it", async () => {
    upload(PLATFORMS, "multi:1", { all: true });
    await using engine = await openEngine({ memory: true });
    const image = `${registry.host}/multi:1`;
    const available = async (): Promise<unknown> =>
      (await engine.images.inspect(image, { manifests: true })).manifests?.map((manifest) => manifest.available);
    await pull(engine, { image });
    assert.deepEqual(await available(), [true, false]);
    await pull(engine, { image, platform: { os: "linux", architecture: "arm64" } });
    assert.deepEqual(await available(), [true, true]);
    assert.equal((await engine.images.inspect(image)).id, arm.id);
    await pull(engine, { image });
    assert.equal((await engine.images.inspect(image)).id, app.id, "the name stands for the platform that was asked for last");
    await assert.rejects(pull(engine, { image, platform: { os: "linux", architecture: "s390x" } }), {
      kind: "not-found",
      message: "no matching manifest for linux/s390x in the manifest list entries",
    });
  });

  test("a digest names no tag, and all tags come when none is named", async () => {
    upload([{ image: app }], "many:a");
    upload([{ image: arm }], "many:b");
    await using engine = await openEngine({ memory: true });
    const image = `${registry.host}/many`;
    await pull(engine, { image });
    const { descriptor } = await engine.images.inspect(`${image}:a`);
    assert.equal((await engine.images.inspect(`${image}:b`)).id, arm.id);
    await using other = await openEngine({ memory: true });
    await pull(other, { image, tag: descriptor.digest });
    const detail = await other.images.inspect(`${image}@${descriptor.digest}`);
    assert.deepEqual([detail.names, detail.digests], [[], [`${image}@${descriptor.digest}`]]);
    // A digest says what is wanted, whatever tag is given beside it.
    const pinned = `${image}@${descriptor.digest}`;
    const events = await pull(other, { image: pinned, tag: "b" });
    assert.deepEqual(events[0], { type: "pulling", repository: "many", id: `${image}:b@${descriptor.digest}` });
    assert.deepEqual((await other.images.inspect(pinned)).names, []);
    await assert.rejects(pull(other, { image: `${image}@${sha256(Buffer.from("other"))}`, tag: "a" }), { kind: "not-found" });
  });

  test("identical pulls at once share their downloads, and one that leaves does not stop the others", async () => {
    upload([{ image: app }], "shared:1");
    await using engine = await openEngine({ memory: true });
    const image = `${registry.host}/shared:1`;
    const before = registry.log().length;
    const controller = new AbortController();
    const leaving = (async () => {
      for await (const event of engine.images.pull({ image }, { signal: controller.signal }))
        if (event.type === "pulling") controller.abort();
    })();
    const staying = Array.from({ length: 8 }, () => pull(engine, { image }));
    await assert.rejects(leaving, { kind: "cancelled" });
    for (const events of await Promise.all(staying)) assert.deepEqual(events.at(-1), { type: "done", images: [app.id] });
    const fetched =
      registry
        .log()
        .slice(before)
        .match(/GET \/v2\/shared\/blobs\/sha256:[0-9a-f]+ HTTP\/1.1\\?" 200/g) ?? [];
    const layers = fetched.filter((line) => !line.includes(app.id.slice(7)));
    assert.ok(layers.length <= 3, `${layers.length} downloads of two layers`);
  });

  test("what cannot be had is told before anything happens", async () => {
    await using engine = await openEngine({ memory: true });
    for (const [request, expected] of [
      [
        { image: `${registry.host}/team/app:none` },
        { kind: "not-found", message: /^manifest for 127\.0\.0\.1:\d+\/team\/app:none not found: manifest unknown/ },
      ],
      [
        { image: `${registry.host}/nobody/here:1` },
        { kind: "not-found", message: /^(repository|manifest for) .*nobody\/here.* not found: / },
      ],
      [{ image: "UP" }, { kind: "invalid-argument", message: /must be lowercase/ }],
      [
        { image: "x", tag: "a b" },
        { kind: "invalid-argument", message: "invalid tag format" },
      ],
      [{ image: "scratch" }, { kind: "forbidden", message: "'scratch' is a reserved name" }],
      [{ image: "127.0.0.1:1/x:1" }, { message: /connection refused/ }],
    ] as const) {
      await assert.rejects(pull(engine, request), expected, request.image);
    }
    assert.deepEqual(await engine.images.list({ all: true }), []);
  });

  test("credentials open a private registry, and without them it stays shut", async () => {
    await using secret = await startRegistry({ users: ["alice"] });
    upload([{ image: app }], "private:1", { to: secret, creds: `alice:${PASSWORD}` });
    await using engine = await openEngine({ memory: true });
    const image = `${secret.host}/private:1`;
    await assert.rejects(pull(engine, { image }), { message: /no basic auth credentials/ });
    await assert.rejects(pull(engine, { image, credentials: { username: "alice", password: "wrong" } }), { kind: "unauthorized" });
    const events = await pull(engine, { image, credentials: { username: "alice", password: PASSWORD } });
    assert.deepEqual(events.at(-1), { type: "done", images: [app.id] });
  });
});
