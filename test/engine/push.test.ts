import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { openEngine } from "#engine";
import type { Engine, PushEvent, PushRequest } from "#engine";
import { hasRegistry, PASSWORD, startRegistry } from "../fixtures/registry.ts";
import type { RunningRegistry } from "../fixtures/registry.ts";
import { hostPlatform } from "#oci";
import type { Platform } from "#oci";
import { dockerArchive, imageOf, ociArchive, sha256, tarOf } from "../workbench/index.ts";
import type { OciEntry } from "../workbench/index.ts";
import { load } from "./engine-fixture.ts";

const skip = hasRegistry && existsSync("/usr/bin/skopeo") ? false : "docker-registry and skopeo are not installed";

const app = imageOf([[{ name: "base", data: "base" }], [{ name: "app", data: "x".repeat(700_000) }]], {
  config: { Labels: { kind: "app" } },
});
const arm = imageOf([[{ name: "arm", data: "arm" }]], { architecture: "arm64", variant: "v8" });

describe("push to a real registry", { skip }, () => {
  let registry: RunningRegistry;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry[Symbol.asyncDispose]());

  async function loaded(...tags: string[]): Promise<Engine> {
    const engine = await openEngine({ memory: true });
    await load(engine, tarOf(dockerArchive([{ image: app, tags: tags.map((tag) => `${registry.host}/${tag}`) }])));
    return engine;
  }

  const push = (engine: Engine, request: PushRequest): Promise<PushEvent[]> => Array.fromAsync(engine.images.push(request));
  const steps = (events: readonly PushEvent[]): string[] =>
    events.flatMap((event) => (event.type === "layer" && event.state.step !== "pushing" ? [event.state.step] : []));

  function inspect(name: string, ...creds: string[]): { Digest: string } {
    const args = ["inspect", "--tls-verify=false", ...creds, `docker://${name}`];
    const { status, stdout, stderr } = spawnSync("skopeo", args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as { Digest: string };
  }

  /** The digest of what a tag stands for, whatever it is. */
  function inspectRaw(name: string): string {
    const { stdout } = spawnSync("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${name}`]);
    return sha256(stdout);
  }

  test("an image arrives byte for byte, is told of, and known by its digest", async () => {
    await using engine = await openEngine({ memory: true });
    const name = `${registry.host}/team/app`;
    await load(engine, tarOf(ociArchive([{ image: app, annotations: { "io.containerd.image.name": `${name}:1` } }])));
    const { descriptor } = await engine.images.inspect(`${name}:1`);
    const heard = engine.events.subscribe({});
    const events = await push(engine, { name, tag: "1" });
    assert.deepEqual(events[0], { type: "pushing", repository: name });
    assert.deepEqual(steps(events), ["preparing", "preparing", "pushed", "pushed"]);
    assert.deepEqual(events.slice(-2), [{ type: "tag", tag: "1", digest: descriptor.digest, size: descriptor.size }, { type: "done" }]);
    assert.equal(inspect(`${name}:1`).Digest, descriptor.digest);
    assert.deepEqual((await engine.images.inspect(`${name}:1`)).digests, [`${name}@${descriptor.digest}`]);
    for await (const { action, actor } of heard) {
      assert.deepEqual([action, actor], ["push", { id: `${name}:1`, attributes: { kind: "app", name } }]);
      break;
    }
    assert.deepEqual(steps(await push(engine, { name, tag: "1" })), ["preparing", "preparing", "exists", "exists"]);
    await using other = await openEngine({ memory: true });
    await Array.fromAsync(other.images.pull({ image: `${name}:1` }));
    assert.equal((await other.images.inspect(`${name}:1`)).id, app.id);
  });

  test("layers that another repository of the registry has are mounted", async () => {
    await using engine = await loaded("first:1");
    await push(engine, { name: `${registry.host}/first:1` });
    await engine.images.tag(`${registry.host}/first:1`, { repository: `${registry.host}/second`, tag: "1" });
    const events = await push(engine, { name: `${registry.host}/second:1` });
    assert.deepEqual(steps(events).slice(2), ["mounted", "mounted"]);
    assert.ok(inspect(`${registry.host}/second:1`).Digest);
  });

  test("without a tag all tags go, and an index goes whole", async () => {
    await using engine = await loaded("many:a", "many:b");
    const tags = (await push(engine, { name: `${registry.host}/many` })).flatMap((event) => (event.type === "tag" ? [event.tag] : []));
    assert.deepEqual(tags, ["a", "b"]);
    const annotations = { "io.containerd.image.name": `${registry.host}/multi:1` };
    const entries = [
      { image: app, platform: { os: "linux", architecture: "amd64" } },
      { image: arm, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
    ];
    await load(engine, tarOf(ociArchive(entries, { annotations })));
    await push(engine, { name: `${registry.host}/multi:1` });
    await using other = await openEngine({ memory: true });
    await Array.fromAsync(other.images.pull({ image: `${registry.host}/multi:1`, platform: { os: "linux", architecture: "arm64" } }));
    assert.equal((await other.images.inspect(arm.id)).names[0], `${registry.host}/multi:1`);
  });

  /** An engine with these platforms of an index of three that a registry has, and what the index is. */
  async function partOf(
    tag: string,
    entries: readonly OciEntry[],
    pulled: readonly Platform[],
  ): Promise<{ engine: Engine; digest: string }> {
    const name = `${registry.host}/part:${tag}`;
    await using source = await openEngine({ memory: true });
    await load(source, tarOf(ociArchive(entries, { annotations: { "io.containerd.image.name": name } })));
    await push(source, { name });
    const engine = await openEngine({ memory: true });
    for (const platform of pulled) await Array.fromAsync(engine.images.pull({ image: name, platform }));
    return { engine, digest: inspectRaw(name) };
  }

  const [amd64, arm64, s390x] = ["amd64", "arm64", "s390x"].map((architecture) => ({ os: "linux", architecture })) as [
    Platform,
    Platform,
    Platform,
  ];
  const index: readonly OciEntry[] = [amd64, arm64, s390x].map((platform) => {
    const { architecture } = platform;
    return { image: imageOf([[{ name: architecture, data: architecture }]], { architecture }), platform: { ...platform } };
  });

  test("of an index that is here in part one manifest goes: the only one, else this machine's", async () => {
    const host = hostPlatform(process.platform, process.arch);
    const foreign = [amd64, arm64, s390x].filter(({ architecture }) => architecture !== host.architecture);
    for (const [tag, pulled, sent] of [
      ["one", foreign.slice(0, 1), foreign[0]],
      ["two", [host, ...foreign.slice(0, 1)], host],
    ] as const) {
      const { engine, digest } = await partOf(tag, index, pulled);
      await using _engine = engine;
      const name = `${registry.host}/target:${tag}`;
      await engine.images.tag(`${registry.host}/part:${tag}`, { repository: `${registry.host}/target`, tag });
      const events = await push(engine, { name });
      const [part, told] = events.slice(-3);
      assert.ok(part?.type === "part" && told?.type === "tag");
      assert.equal(part.index.digest, digest);
      assert.equal(part.manifest.platform?.architecture, sent?.architecture);
      assert.deepEqual([told.digest, inspectRaw(name)], [part.manifest.digest, part.manifest.digest]);
      assert.deepEqual((await engine.images.inspect(name)).digests, [`${registry.host}/part@${digest}`], "it is not known by it");
    }
  });

  test("of several that are here and none this machine's, nobody knows which is meant; a platform says it", async () => {
    const strange = (["s390x", "ppc64le", "riscv64"] as const).map((architecture) => ({ os: "linux", architecture }));
    const entries = strange.map((platform) => ({
      image: imageOf([[{ name: platform.architecture, data: "x" }]], { architecture: platform.architecture }),
      platform,
    }));
    const { engine, digest } = await partOf("strange", entries, strange.slice(0, 2));
    await using _engine = engine;
    const name = `${registry.host}/target:strange`;
    await engine.images.tag(`${registry.host}/part:strange`, { repository: `${registry.host}/target`, tag: "strange" });
    const message = "multiple matching manifests found but no specific platform requested";
    await assert.rejects(push(engine, { name }), { kind: "conflict", message });
    const [first] = strange;
    assert.ok(first !== undefined);
    assert.ok((await push(engine, { name, platform: first })).every(({ type }) => type !== "part"));
    const missing = {
      kind: "not-found",
      message: `image with reference ${name} was found but does not provide the specified platform (linux/riscv64)`,
    };
    await assert.rejects(push(engine, { name, platform: { os: "linux", architecture: "riscv64" } }), missing);
    await Array.fromAsync(
      engine.images.pull({ image: `${registry.host}/part:strange`, platform: { os: "linux", architecture: "riscv64" } }),
    );
    await push(engine, { name });
    assert.equal(inspectRaw(name), digest, "what is whole goes whole");
  });

  test("what cannot be sent is told in Docker's words", async () => {
    await using engine = await loaded("here:1");
    const name = `${registry.host}/here`;
    for (const [request, message] of [
      [{ name: `${registry.host}/nowhere` }, `An image does not exist locally with the tag: ${registry.host}/nowhere`],
      [{ name, tag: "2" }, `tag does not exist: ${name}:2`],
      [{ name: `${name}@${app.id}` }, "cannot push a digest reference"],
      [{ name: "UP" }, /must be lowercase/],
    ] as const) {
      await assert.rejects(push(engine, request), { name: "EngineError", message });
    }
  });

  test("a private registry takes only who may", async () => {
    await using secret = await startRegistry({ users: ["alice"] });
    await using engine = await openEngine({ memory: true });
    const name = `${secret.host}/private:1`;
    await load(engine, tarOf(dockerArchive([{ image: app, tags: [name] }])));
    await assert.rejects(push(engine, { name }), { message: /no basic auth credentials/ });
    const events = await push(engine, { name, credentials: { username: "alice", password: PASSWORD } });
    assert.equal(events.at(-1)?.type, "done");
    assert.ok(inspect(name, "--creds", `alice:${PASSWORD}`).Digest);
  });
});
