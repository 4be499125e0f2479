import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openEngine } from "#engine";
import type { Engine, PushEvent } from "#engine";
import { startHostileRegistry } from "../fixtures/hostile-registry.ts";
import type { HostileReply, HostileRequest } from "../fixtures/hostile-registry.ts";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { imageOf, ociArchive, sha256, tarOf } from "../workbench/index.ts";
import { load } from "./engine-fixture.ts";

const app = imageOf([[{ name: "base", data: "base" }], [{ name: "app", data: "x".repeat(100_000) }]]);
const arm = imageOf([[{ name: "arm", data: "arm" }]], { architecture: "arm64" });
const [lower = "", upper = ""] = app.layers.map((layer) => sha256(layer));
const ENTRIES = [
  { image: app, platform: { os: "linux", architecture: "amd64" } },
  { image: arm, platform: { os: "linux", architecture: "arm64" } },
];

/** An engine that has the image of an OCI layout, which goes out byte for byte. */
async function loaded(name: string): Promise<Engine> {
  const engine = await openEngine({ memory: true });
  await load(engine, tarOf(ociArchive([{ image: app, annotations: { "io.containerd.image.name": name } }])));
  return engine;
}

const push = (engine: Engine, name: string): Promise<PushEvent[]> => Array.fromAsync(engine.images.push({ name }));

/** What happens to one layer, without what it is on its way. */
function stepsOf(events: readonly PushEvent[], diffId: string): string[] {
  return events.flatMap((event) =>
    event.type === "layer" && event.diffId === diffId && event.state.step !== "pushing" ? [event.state.step] : [],
  );
}

describe("a registry that says that it has mounted a layer, and has not", () => {
  /** Keeps what is uploaded and takes manifests whose blobs it has. `t/base` has all there is; others may lie about mounting it. */
  class Forgetful {
    readonly blobs = new Map<string, Buffer>();
    readonly mounts: string[] = [];
    tagged: Buffer | undefined;
    readonly #loses: (digest: string) => boolean;

    /** @param loses which uploads do not arrive either. */
    constructor(loses: (digest: string) => boolean = () => false) {
      this.#loses = loses;
    }

    readonly script = ({ method, path, body }: HostileRequest, reply: HostileReply): void => {
      const url = new URL(path, "http://registry");
      const name = url.pathname.split("/").at(-1) ?? "";
      const json = { "content-type": "application/json" };
      if (!path.startsWith("/v2/t/app/")) return this.#base(method, name, reply);
      if (path.includes("/manifests/")) {
        if (method !== "PUT") return reply.send(404);
        const missing = [...body.toString().matchAll(/sha256:[0-9a-f]{64}/g)].filter(([digest]) => !this.blobs.has(digest));
        const errors = missing.map(([digest]) => ({
          code: "MANIFEST_BLOB_UNKNOWN",
          message: "blob unknown to registry",
          detail: { digest },
        }));
        if (missing.length > 0) return reply.send(400, json, JSON.stringify({ errors }));
        this.tagged = body;
        return reply.send(201);
      }
      if (method === "HEAD") {
        const blob = this.blobs.get(name);
        return blob === undefined ? reply.send(404) : reply.send(200, { "content-length": String(blob.byteLength) });
      }
      const mount = url.searchParams.get("mount");
      if (mount !== null) {
        this.mounts.push(mount);
        return reply.send(201, { location: `/v2/t/app/blobs/${mount}`, "docker-content-digest": mount });
      }
      if (method === "POST") return reply.send(202, { location: "/v2/t/app/blobs/uploads/1" });
      const digest = url.searchParams.get("digest") ?? "";
      assert.equal(sha256(body), digest);
      if (!this.#loses(digest)) this.blobs.set(digest, body);
      reply.send(201, { "docker-content-digest": digest });
    };

    #base(method: string, name: string, reply: HostileReply): void {
      if (method === "HEAD" && name.startsWith("sha256:")) reply.send(200);
      else reply.send(method === "PUT" ? 201 : 404);
    }
  }

  test("a mount that is accepted and comes to nothing: the layers are uploaded, and the image is whole", async () => {
    const forgetful = new Forgetful();
    await using registry = await startHostileRegistry(forgetful.script);
    const [base, name] = [`${registry.host}/t/base:1`, `${registry.host}/t/app`];
    await using engine = await loaded(base);
    await push(engine, base);
    await engine.images.tag(base, { repository: name, tag: "1" });
    const events = await push(engine, `${name}:1`);
    assert.deepEqual(forgetful.mounts.toSorted(), [app.id, lower, upper].toSorted());
    assert.deepEqual([...forgetful.blobs.keys()].toSorted(), [app.id, lower, upper].toSorted());
    assert.deepEqual(stepsOf(events, lower), ["preparing", "mounted", "preparing", "pushed"]);
    const { digests, descriptor } = await engine.images.inspect(`${name}:1`);
    assert.equal(sha256(forgetful.tagged ?? assert.fail("nothing was tagged")), descriptor.digest);
    assert.ok(digests.includes(`${name}@${descriptor.digest}`));
  });

  test("a registry that loses whatever it is given is told apart, once it has had everything twice", async () => {
    const forgetful = new Forgetful((digest) => digest === upper);
    await using registry = await startHostileRegistry(forgetful.script);
    const name = `${registry.host}/t/app`;
    await using engine = await loaded(`${name}:1`);
    await assert.rejects(push(engine, `${name}:1`), {
      kind: "invalid-argument",
      message: `manifest blob unknown: blob unknown to registry\nto store the manifest, ${registry.host} answered with 400; credentials: none`,
    });
    const uploads = registry.requests.filter(({ method, path }) => method === "PUT" && path.includes("digest="));
    assert.equal(uploads.filter(({ path }) => decodeURIComponent(path).endsWith(upper)).length, 2);
    assert.equal(uploads.length, 4);
    assert.equal(forgetful.tagged, undefined);
    assert.deepEqual((await engine.images.inspect(`${name}:1`)).digests, []);
  });
});

describe("a registry that deletes what was pushed", { skip: hasRegistry ? false : "docker-registry is not installed" }, () => {
  let registry: RunningRegistry;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry[Symbol.asyncDispose]());

  async function remove(path: string): Promise<void> {
    assert.equal((await fetch(`${registry.origin}/v2/${path}`, { method: "DELETE" })).status, 202, path);
  }

  async function pulls(name: string, digest: string): Promise<void> {
    await using other = await openEngine({ memory: true });
    await Array.fromAsync(other.images.pull({ image: name }));
    assert.equal((await other.images.inspect(name)).descriptor.digest, digest);
  }

  test("a layer that the registry deletes while its image is pushed is sent once more", async () => {
    const name = `${registry.host}/deleted/layer:1`;
    await using engine = await loaded(name);
    const events: PushEvent[] = [];
    for await (const event of engine.images.push({ name })) {
      events.push(event);
      const isFirst = stepsOf(events, lower).join() === "preparing,pushed";
      if (isFirst && event.type === "layer" && event.state.step === "pushed" && event.diffId === lower) {
        await remove(`deleted/layer/blobs/${lower}`);
      }
    }
    assert.deepEqual(stepsOf(events, lower), ["preparing", "pushed", "preparing", "pushed"]);
    assert.deepEqual(stepsOf(events, upper), ["preparing", "pushed", "preparing", "exists"]);
    await pulls(name, (await engine.images.inspect(name)).descriptor.digest);
  });

  test("what the registry deleted of a pushed image is brought back by the next push, and nothing else is sent", async () => {
    const name = `${registry.host}/deleted/image:1`;
    await using engine = await loaded(name);
    await push(engine, name);
    const { digest } = (await engine.images.inspect(name)).descriptor;
    await remove(`deleted/image/manifests/${digest}`);
    await remove(`deleted/image/blobs/${upper}`);
    const events = await push(engine, name);
    assert.deepEqual(stepsOf(events, lower), ["preparing", "exists"]);
    assert.deepEqual(stepsOf(events, upper), ["preparing", "pushed"]);
    await pulls(name, digest);
  });

  test("a manifest that the registry deleted below its index is brought back by the next push", async () => {
    const name = `${registry.host}/deleted/index:1`;
    await using engine = await openEngine({ memory: true });
    await load(engine, tarOf(ociArchive(ENTRIES, { annotations: { "io.containerd.image.name": name } })));
    await push(engine, name);
    const url = `${registry.origin}/v2/deleted/index/manifests`;
    const headers = { accept: "application/vnd.oci.image.index.v1+json" };
    const { manifests } = (await (await fetch(`${url}/1`, { headers })).json()) as { manifests: { digest: string }[] };
    for (const { digest } of manifests) await remove(`deleted/index/manifests/${digest}`);
    await push(engine, name);
    await pulls(name, (await engine.images.inspect(name)).descriptor.digest);
  });
});
