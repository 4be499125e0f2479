import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { checkDataRoot, openEngine } from "#engine";
import type { Engine, OpenOptions, PushEvent } from "#engine";
import { startBreakingWire } from "../fixtures/breaking-wire.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { dockerArchive, imageOf, ociArchive, sha256, tarOf } from "../workbench/index.ts";
import { chunked, load, save, TemporaryRoot } from "./engine-fixture.ts";

const skip = hasRegistry && existsSync("/usr/bin/skopeo") ? false : "docker-registry and skopeo are not installed";

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Half of it can be compressed; large enough to be on its way for a while. */
const rootfs = tarOf([
  { name: "noise", data: randomBytes(3_000_000) },
  { name: "text", data: "so many words\n".repeat(200_000) },
]);
const built = imageOf([rootfs, [{ name: "app", data: "x".repeat(700_000) }]], { config: { Labels: { kind: "built" } } });

interface Manifest {
  readonly mediaType: string;
  readonly config: { readonly digest: string; readonly mediaType: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[];
}

describe("push of layers that are stored plain", { skip }, () => {
  let registry: RunningRegistry;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry[Symbol.asyncDispose]());

  async function loaded(name: string, options: OpenOptions = { memory: true }): Promise<Engine> {
    const engine = await openEngine(options);
    await load(engine, tarOf(dockerArchive([{ image: built, tags: [name] }])));
    return engine;
  }

  const push = (engine: Engine, name: string): Promise<PushEvent[]> => Array.fromAsync(engine.images.push({ name }));
  const steps = (events: readonly PushEvent[]): string[] =>
    events.flatMap((event) => (event.type === "layer" && event.state.step !== "pushing" ? [event.state.step] : []));
  const pushed = (events: readonly PushEvent[]): { digest: string; size: number } =>
    events.find((event) => event.type === "tag") ?? assert.fail("no tag was pushed");

  async function manifestOf(repository: string, reference = "1"): Promise<{ manifest: Manifest; bytes: Buffer }> {
    const headers = { accept: `${DOCKER_MANIFEST}, ${OCI_MANIFEST}` };
    const answer = await fetch(`${registry.origin}/v2/${repository}/manifests/${reference}`, { headers });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const manifest = JSON.parse(bytes.toString()) as Manifest;
    assert.equal(answer.headers.get("content-type"), manifest.mediaType);
    return { manifest, bytes };
  }

  async function blob(repository: string, digest: string): Promise<Buffer> {
    const bytes = Buffer.from(await (await fetch(`${registry.origin}/v2/${repository}/blobs/${digest}`)).arrayBuffer());
    assert.equal(sha256(bytes), digest);
    return bytes;
  }

  /** Requests for this repository that the registry has had, as `METHOD last-part`. */
  function requests(repository: string, method: string): number {
    return registry
      .log()
      .split("\n")
      .filter((line) => line.includes(`"${method} /v2/${repository}/`)).length;
  }

  test("they arrive as gzip under a Docker manifest with the same config, and the image is known by its digest", async () => {
    const name = `${registry.host}/docker/app`;
    await using engine = await loaded(`${name}:1`);
    const before = await engine.images.inspect(`${name}:1`);
    const { digest, size } = pushed(await push(engine, `${name}:1`));
    const { manifest, bytes } = await manifestOf("docker/app");
    assert.deepEqual([sha256(bytes), bytes.byteLength], [digest, size]);
    assert.deepEqual([manifest.mediaType, manifest.config.digest], [DOCKER_MANIFEST, built.id]);
    for (const [index, layer] of manifest.layers.entries()) {
      assert.equal(layer.mediaType, "application/vnd.docker.image.rootfs.diff.tar.gzip");
      assert.equal(sha256(gunzipSync(await blob("docker/app", layer.digest))), built.diffIds[index]);
    }
    const image = await engine.images.inspect(`${name}@${digest}`);
    assert.deepEqual(image, { ...before, digests: [`${name}@${digest}`] });
  });

  test("an imported file system is pulled back by skopeo and by another engine as the same image", async () => {
    const name = `${registry.host}/imported`;
    await using engine = await openEngine({ memory: true });
    await Array.fromAsync(engine.images.import({ archive: chunked(rootfs), repository: name, tag: "1" }));
    await push(engine, `${name}:1`);
    const { id } = await engine.images.inspect(`${name}:1`);
    await using root = await TemporaryRoot.make();
    const args = ["copy", "--src-tls-verify=false", `docker://${name}:1`, `docker-archive:${join(root.path, "copy.tar")}:copy:1`];
    const { status, stderr } = spawnSync("skopeo", args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    await using other = await openEngine({ memory: true });
    await Array.fromAsync(other.images.pull({ image: `${name}:1` }));
    assert.equal((await other.images.inspect(`${name}:1`)).id, id);
    assert.deepEqual(
      (await manifestOf("imported")).manifest.layers.map(({ size }) => size < rootfs.byteLength * 0.6),
      [true],
    );
  });

  test("what a registry has is neither compressed nor sent again, nor pulled back", async () => {
    const name = `${registry.host}/again/app`;
    await using engine = await loaded(`${name}:1`);
    const first = pushed(await push(engine, `${name}:1`));
    const sent = requests("again/app", "PATCH");
    assert.ok(sent > 0);
    const puts = requests("again/app", "PUT");
    const second = await push(engine, `${name}:1`);
    assert.deepEqual(steps(second), ["preparing", "preparing", "exists", "exists"]);
    assert.equal(pushed(second).digest, first.digest);
    assert.equal(requests("again/app", "PATCH"), sent);
    assert.equal(requests("again/app", "PUT"), puts);
    const pulled = await Array.fromAsync(engine.images.pull({ image: `${name}:1` }));
    assert.ok(pulled.some((event) => event.type === "pulled" && !event.isNew));
    await Array.fromAsync(engine.images.pull({ image: `${name}@${first.digest}` }));
    assert.equal(requests("again/app", "GET"), 0);
  });

  test("a tag that somebody moved meanwhile is moved back", async () => {
    const name = `${registry.host}/moved/app`;
    await using engine = await loaded(`${name}:1`);
    const { digest } = pushed(await push(engine, `${name}:1`));
    const url = `${registry.origin}/v2/moved/app/manifests/`;
    const type = "application/vnd.oci.image.index.v1+json";
    const body = JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: [] });
    assert.equal((await fetch(`${url}1`, { method: "PUT", headers: { "content-type": type }, body })).status, 201);
    assert.equal(pushed(await push(engine, `${name}:1`)).digest, digest);
    const accept = "application/vnd.docker.distribution.manifest.v2+json";
    assert.equal((await fetch(`${url}1`, { method: "HEAD", headers: { accept } })).headers.get("docker-content-digest"), digest);
  });

  test("another repository of the registry mounts them", async () => {
    const [first, second] = [`${registry.host}/mount/first:1`, `${registry.host}/mount/second`];
    await using engine = await loaded(first);
    await push(engine, first);
    await engine.images.tag(first, { repository: second, tag: "1" });
    assert.deepEqual(steps(await push(engine, `${second}:1`)).slice(2), ["mounted", "mounted"]);
    assert.equal(requests("mount/second", "PATCH"), 0);
    assert.equal((await manifestOf("mount/second")).manifest.config.digest, built.id);
  });

  test("the digest at the registry outlives a restart, a lost database and a check, and goes like any name", async () => {
    const name = `${registry.host}/kept/app`;
    await using root = await TemporaryRoot.make();
    const engine = await loaded(`${name}:1`, { dataRoot: root.path });
    const { digest } = pushed(await push(engine, `${name}:1`));
    await engine.close();
    assert.deepEqual((await checkDataRoot({ dataRoot: root.path, repair: false })).problems, []);
    await rm(join(root.path, "meta.db"));
    await rm(join(root.path, "meta.db-wal"), { force: true });
    await using again = await root.open();
    assert.equal((await again.images.inspect(`${name}@${digest}`)).id, built.id);
    assert.equal((await save(again, `${name}:1`)).byteLength > rootfs.byteLength, true);
    assert.deepEqual(await again.images.remove(`${name}@${digest}`), [{ untagged: `${name}@${digest}` }]);
    assert.deepEqual((await again.images.inspect(`${name}:1`)).digests, []);
  });

  test("an upload that is cut goes on or begins again, with the same bytes", async () => {
    await using wire = await startBreakingWire(registry.host);
    const name = `${wire.host}/cut/app:1`;
    await using engine = await loaded(name, {
      memory: true,
      registries: { clock: { now: () => Date.now(), sleep: () => Promise.resolve() } },
    });
    wire.breakAfter(1_500_000, "up");
    const events = await push(engine, name);
    assert.ok(steps(events).includes("retrying"));
    const { manifest } = await manifestOf("cut/app");
    for (const [index, { digest }] of manifest.layers.entries()) {
      assert.equal(sha256(gunzipSync(await blob("cut/app", digest))), built.diffIds[index]);
    }
    const whole = `${registry.host}/whole/app:1`;
    await using other = await loaded(whole);
    await push(other, whole);
    assert.deepEqual((await manifestOf("whole/app")).manifest, manifest);
  });

  test("an abort leaves nothing behind, and the next push works", async () => {
    await using root = await TemporaryRoot.make();
    const name = `${registry.host}/aborted/app:1`;
    await using engine = await loaded(name, { dataRoot: root.path });
    const control = new AbortController();
    const interrupted = (async () => {
      for await (const event of engine.images.push({ name }, { signal: control.signal })) {
        if (event.type === "layer" && event.state.step === "pushing" && event.state.current > 0) control.abort();
      }
    })();
    await assert.rejects(interrupted, { kind: "cancelled" });
    assert.deepEqual((await engine.images.inspect(name)).digests, []);
    assert.deepEqual(await root.unfinished(), []);
    assert.equal((await push(engine, name)).at(-1)?.type, "done");
  });

  test("zstd, where it is asked for, goes under an OCI manifest", async () => {
    const name = `${registry.host}/zstd/app:1`;
    await using engine = await loaded(name, { memory: true, pushCompression: "zstd" });
    await push(engine, name);
    const { manifest } = await manifestOf("zstd/app");
    assert.deepEqual([manifest.mediaType, manifest.config.digest], [OCI_MANIFEST, built.id]);
    for (const [index, layer] of manifest.layers.entries()) {
      assert.equal(layer.mediaType, "application/vnd.oci.image.layer.v1.tar+zstd");
      const { stdout } = spawnSync("zstd", ["-d", "-c"], { input: await blob("zstd/app", layer.digest), maxBuffer: 2 ** 28 });
      assert.equal(sha256(stdout), built.diffIds[index]);
    }
    await using other = await openEngine({ memory: true });
    await Array.fromAsync(other.images.pull({ image: name }));
    assert.equal((await other.images.inspect(name)).id, built.id);
  });

  test("a built image goes out compressed, with the layers of its base as they came", async () => {
    const [base, name] = [`${registry.host}/build/base:1`, `${registry.host}/build/app:1`];
    await using maker = await loaded(base);
    await push(maker, base);
    await using engine = await openEngine({ memory: true });
    const context = tarOf([
      { name: "Dockerfile", data: `FROM ${base}\nCOPY file /file\n` },
      { name: "file", data: "y".repeat(100_000) },
    ]);
    await Array.fromAsync(engine.builds.build({ context: chunked(context), tags: [name] }));
    await push(engine, name);
    const [{ manifest }, below] = [await manifestOf("build/app"), await manifestOf("build/base")];
    assert.equal(manifest.mediaType, DOCKER_MANIFEST);
    assert.deepEqual(manifest.layers.slice(0, 2), below.manifest.layers);
    assert.equal(manifest.layers.length, 3);
    assert.ok((manifest.layers[2]?.size ?? Infinity) < 10_000);
    await using other = await openEngine({ memory: true });
    await Array.fromAsync(other.images.pull({ image: name }));
    assert.equal((await other.images.inspect(name)).id, (await engine.images.inspect(name)).id);
  });

  test("an image that has been saved and loaded meanwhile is still nobody's but ours", async () => {
    const name = `${registry.host}/saved/app:1`;
    await using engine = await loaded(name);
    await using other = await openEngine({ memory: true });
    await load(other, await save(engine, name));
    await push(other, name);
    assert.equal((await manifestOf("saved/app")).manifest.mediaType, DOCKER_MANIFEST);
  });

  test("a manifest of an OCI layout, and one that was pulled, go out byte for byte", async () => {
    const [name, other] = [`${registry.host}/layout/app`, `${registry.host}/layout/copy`];
    await using engine = await openEngine({ memory: true });
    await load(engine, tarOf(ociArchive([{ image: built, annotations: { "io.containerd.image.name": `${name}:1` } }])));
    const { digest } = pushed(await push(engine, `${name}:1`));
    assert.equal(digest, (await engine.images.inspect(`${name}:1`)).descriptor.digest);
    await using puller = await loaded("docker.io/library/same:1");
    await Array.fromAsync(puller.images.pull({ image: `${name}:1` }));
    await puller.images.tag(`${name}:1`, { repository: other, tag: "1" });
    assert.equal(pushed(await push(puller, `${other}:1`)).digest, digest);
  });
});
