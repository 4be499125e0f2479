import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { openEngine } from "#engine";
import type { Engine, OpenOptions, PushEvent } from "#engine";
import type { ImageConfig } from "#oci";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { sha256, tarOf } from "../workbench/index.ts";
import { chunked, load, save } from "./engine-fixture.ts";

const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

const PLATFORMS = ["amd64", "arm64", "s390x"].map((architecture) => ({ os: "linux", architecture }));

interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

interface Document {
  readonly mediaType: string;
  readonly config: Entry;
  readonly layers: readonly Entry[];
  readonly manifests: readonly Entry[];
}

describe("push of an image for several platforms that was built here", { skip: hasRegistry ? false : "no registry is installed" }, () => {
  let registry: RunningRegistry;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry[Symbol.asyncDispose]());

  /** An engine that has built the image: one layer of all platforms, one of each. */
  async function built(name: string, options: OpenOptions = { memory: true }): Promise<Engine> {
    const engine = await openEngine(options);
    const text = "FROM scratch\nARG TARGETARCH\nCOPY text /\nCOPY $TARGETARCH /own\n";
    const own = PLATFORMS.map(({ architecture }) => ({ name: architecture, data: `${architecture}\n`.repeat(50_000) }));
    const context = tarOf([{ name: "Dockerfile", data: text }, { name: "text", data: "words\n".repeat(100_000) }, ...own]);
    const platform = PLATFORMS.map(({ architecture }) => `linux/${architecture}`).join();
    await Array.fromAsync(engine.builds.build({ context: chunked(context), tags: [name], platform }));
    return engine;
  }

  const push = (engine: Engine, name: string, more: object = {}): Promise<PushEvent[]> =>
    Array.fromAsync(engine.images.push({ name, ...more }));
  const pushed = (events: readonly PushEvent[]): { digest: string; size: number } =>
    events.find((event) => event.type === "tag") ?? assert.fail("no tag was pushed");

  async function fetched(path: string): Promise<{ document: Document; bytes: Buffer }> {
    const headers = { accept: [DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST].join(", ") };
    const answer = await fetch(`${registry.origin}/v2/${path}`, { headers });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const document = JSON.parse(bytes.toString()) as Document;
    assert.equal(answer.headers.get("content-type"), document.mediaType);
    return { document, bytes };
  }

  async function configsOf(engine: Engine, name: string): Promise<ImageConfig[]> {
    const details = await Promise.all(PLATFORMS.map((platform) => engine.images.inspect(name, { platform })));
    return details.map(({ config }) => config);
  }

  async function pulled(name: string): Promise<Engine> {
    const engine = await openEngine({ memory: true });
    for (const platform of [...PLATFORMS, undefined])
      await Array.fromAsync(engine.images.pull({ image: name, ...(platform && { platform }) }));
    return engine;
  }

  test("its layers arrive as gzip under Docker's manifests and list, and it is known by the list's digest", async () => {
    const name = `${registry.host}/many/app`;
    await using engine = await built(`${name}:1`);
    const before = await engine.images.inspect(`${name}:1`);
    const { digest, size } = pushed(await push(engine, `${name}:1`));
    const { document: index, bytes } = await fetched("many/app/manifests/1");
    assert.deepEqual([sha256(bytes), bytes.byteLength], [digest, size]);
    assert.equal(index.mediaType, DOCKER_INDEX);
    assert.deepEqual(
      index.manifests.map(({ platform, mediaType }) => [platform?.architecture, mediaType]),
      PLATFORMS.map(({ architecture }) => [architecture, DOCKER_MANIFEST]),
    );
    const configs = await configsOf(engine, `${name}:1`);
    for (const [place, child] of index.manifests.entries()) {
      const manifest = await fetched(`many/app/manifests/${child.digest}`);
      assert.deepEqual([sha256(manifest.bytes), manifest.bytes.byteLength], [child.digest, child.size]);
      for (const [at, layer] of manifest.document.layers.entries()) {
        const blob = Buffer.from(await (await fetch(`${registry.origin}/v2/many/app/blobs/${layer.digest}`)).arrayBuffer());
        assert.equal(layer.mediaType, "application/vnd.docker.image.rootfs.diff.tar.gzip");
        assert.deepEqual([sha256(blob), sha256(gunzipSync(blob))], [layer.digest, configs[place]?.diffIds[at]]);
      }
    }
    assert.deepEqual(await engine.images.inspect(`${name}@${digest}`), { ...before, digests: [`${name}@${digest}`] });
  });

  test("another engine pulls the same images", async () => {
    const name = `${registry.host}/back/app:1`;
    await using engine = await built(name);
    await push(engine, name);
    await using other = await pulled(name);
    assert.equal((await other.images.inspect(name)).id, (await engine.images.inspect(name)).id);
    assert.deepEqual(await configsOf(other, name), await configsOf(engine, name));
    const again = name.replace(":1", ":2");
    await other.images.tag(name, { repository: again.slice(0, -2), tag: "2" });
    assert.equal(pushed(await push(other, again)).digest, pushed(await push(engine, name)).digest, "byte for byte");
  });

  test("what the registry has is not sent again", async () => {
    const name = `${registry.host}/again/many:1`;
    await using engine = await built(name);
    const { digest } = pushed(await push(engine, name));
    const sent = (): number => registry.log().match(/"(PUT|PATCH|POST) \/v2\/again\/many\//g)?.length ?? 0;
    const before = sent();
    assert.ok(before > 0);
    assert.equal(pushed(await push(engine, name)).digest, digest);
    assert.equal(sent(), before);
  });

  test("one platform of it goes alone, compressed as well", async () => {
    const name = `${registry.host}/single/app:1`;
    await using engine = await built(name);
    const platform = { os: "linux", architecture: "s390x" };
    await push(engine, name, { platform });
    const { document } = await fetched("single/app/manifests/1");
    assert.equal(document.mediaType, DOCKER_MANIFEST);
    await using other = await openEngine({ memory: true });
    await Array.fromAsync(other.images.pull({ image: name, platform }));
    assert.deepEqual((await other.images.inspect(name)).config, (await configsOf(engine, name))[2]);
  });

  test("with zstd all of it is in OCI's form", async () => {
    const name = `${registry.host}/zstd/many:1`;
    await using engine = await built(name, { memory: true, pushCompression: "zstd" });
    await push(engine, name);
    const { document } = await fetched("zstd/many/manifests/1");
    assert.deepEqual(
      [document.mediaType, ...document.manifests.map(({ mediaType }) => mediaType)],
      [OCI_INDEX, ...Array<string>(3).fill(OCI_MANIFEST)],
    );
    await using other = await pulled(name);
    assert.deepEqual(await configsOf(other, name), await configsOf(engine, name));
  });

  test("it is still nobody's but ours when it has been saved and loaded", async () => {
    const name = `${registry.host}/saved/many:1`;
    await using engine = await built(name);
    await using other = await openEngine({ memory: true });
    await load(other, await save(engine, name));
    await push(other, name);
    assert.equal((await fetched("saved/many/manifests/1")).document.mediaType, DOCKER_INDEX);
  });
});
