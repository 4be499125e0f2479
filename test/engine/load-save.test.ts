import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { openEngine } from "#engine";
import { dockerArchive, imageOf, legacyArchive, ociArchive, tarOf } from "../workbench/index.ts";
import type { TarFile } from "../workbench/index.ts";
import { chunked, load, names, save, TemporaryRoot } from "./engine-fixture.ts";

const small = imageOf([[{ name: "etc/hosts", data: "127.0.0.1 localhost" }]], { config: { Labels: { stage: "one" }, Env: ["A=1"] } });
const stacked = imageOf([[{ name: "etc/hosts", data: "127.0.0.1 localhost" }], [{ name: "big", data: "x".repeat(400_000) }]]);
const arm = imageOf([[{ name: "arm", data: "arm64" }]], { architecture: "arm64", variant: "v8" });

const MULTI = ociArchive(
  [
    { image: small, platform: { os: "linux", architecture: "amd64" } },
    { image: arm, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
  ],
  { annotations: { "io.containerd.image.name": "docker.io/library/multi:1" } },
);

for (const [what, files] of [
  ["a docker archive", dockerArchive([{ image: stacked, tags: ["x:1", "my/x:2"] }])],
  ["an archive of Docker 24 and older", legacyArchive([{ image: stacked, tags: ["x:1", "my/x:2"] }])],
  [
    "an OCI layout with two names",
    ociArchive(
      ["docker.io/library/x:1", "docker.io/my/x:2"].map((name) => ({ image: stacked, annotations: { "io.containerd.image.name": name } })),
    ),
  ],
] as const) {
  test(`${what} loads, and the image keeps its ID, layers and names`, async () => {
    await using engine = await openEngine({ memory: true });
    const events = await load(engine, tarOf(files));
    assert.deepEqual(
      events.filter((event) => event.type === "image"),
      [{ type: "image", id: stacked.id, names: ["x:1", "my/x:2"] }],
    );
    const detail = await engine.images.inspect("my/x:2");
    assert.equal(detail.id, stacked.id);
    assert.deepEqual(detail.config.diffIds, stacked.diffIds);
    assert.equal(detail.size, "127.0.0.1 localhost".length + 400_000, "the bytes of its files, as Docker counts");
  });
}

for (const [compression, compress] of [
  ["none", (bytes: Buffer) => bytes],
  ["gzip", (bytes: Buffer) => gzipSync(bytes)],
  ["zstd", (bytes: Buffer) => zstdCompressSync(bytes)],
] as const) {
  test(`an archive compressed with ${compression} loads in chunks of any size`, async () => {
    const archive = compress(tarOf(dockerArchive([{ image: small, tags: ["x:1"] }])));
    for (const size of [1000, 64 * 1024]) {
      await using engine = await openEngine({ memory: true });
      for await (const event of engine.images.load({ archive: chunked(archive, size) })) {
        if (event.type === "image") assert.equal(event.id, small.id);
      }
      assert.deepEqual(await names(engine), ["x:1"]);
    }
  });
}

test("layers compressed inside a docker archive are kept as they are and verified against the config", async () => {
  const compressed = small.layers.map((layer) => gzipSync(layer));
  const files: TarFile[] = [
    { name: `sha256:${small.id.slice(7)}`, data: small.config },
    { name: "layer.tar.gz", data: compressed[0] ?? Buffer.alloc(0) },
    {
      name: "manifest.json",
      data: JSON.stringify([{ Config: `sha256:${small.id.slice(7)}`, RepoTags: ["x:1"], Layers: ["layer.tar.gz"] }]),
    },
  ];
  await using engine = await openEngine({ memory: true });
  await load(engine, tarOf(files));
  const [manifest] = (await engine.images.inspect("x:1", { manifests: true })).manifests ?? [];
  assert.equal(manifest?.unpackedSize, "127.0.0.1 localhost".length);
  const saved = await save(engine, "x:1");
  assert.ok(saved.includes(compressed[0] ?? ""), "the compressed layer leaves as it came");
});

test("a multi-platform image is one image, known by every digest of its parts", async () => {
  await using engine = await openEngine({ memory: true });
  await load(engine, tarOf(MULTI));
  const detail = await engine.images.inspect("multi:1", { manifests: true });
  assert.equal(detail.id, small.id);
  assert.deepEqual(
    detail.manifests?.map((manifest) => [manifest.platform?.architecture, manifest.available]),
    [
      ["amd64", true],
      ["arm64", true],
    ],
  );
  const other = await engine.images.inspect("multi:1", { platform: { os: "linux", architecture: "arm64" } });
  assert.equal(other.id, arm.id);
  for (const digest of [detail.descriptor.digest, other.descriptor.digest, arm.id, other.descriptor.digest.slice(7, 19)]) {
    assert.equal((await engine.images.inspect(digest)).names[0], "multi:1", digest);
  }
  await assert.rejects(engine.images.inspect("multi:1", { platform: { os: "linux", architecture: "s390x" } }), {
    kind: "not-found",
    message: "image with reference multi:1 was found but does not provide the specified platform (linux/s390x)",
  });
});

test("what is saved loads elsewhere with the same IDs, targets and bytes", async () => {
  await using first = await openEngine({ memory: true });
  await load(first, tarOf(MULTI));
  await load(first, tarOf(dockerArchive([{ image: stacked, tags: ["x:1"] }])));
  const saved = await save(first, "multi:1", "x:1", stacked.id);
  assert.deepEqual(saved, await save(first, "multi:1", "x:1", stacked.id), "saving twice gives the same bytes");
  await using second = await openEngine({ memory: true });
  await load(second, saved);
  for (const name of ["multi:1", "x:1"]) {
    assert.deepEqual((await second.images.inspect(name)).descriptor, (await first.images.inspect(name)).descriptor);
  }
  assert.deepEqual(await save(second, "multi:1", "x:1", stacked.id), saved);
});

test("a layer that is left out because it is stored keeps the compression it is stored with", async () => {
  await using engine = await openEngine({ memory: true });
  const compressed = { ...small, layers: small.layers.map((layer) => zstdCompressSync(layer)) };
  await load(engine, tarOf(dockerArchive([{ image: compressed, tags: ["first:1"] }])));
  const [layer = Buffer.alloc(0)] = small.layers;
  const next = imageOf([layer], { config: { Cmd: ["next"] } });
  const whole = dockerArchive([{ image: next, tags: ["next:1"] }]);
  const files = whole.filter(({ data }) => data !== layer);
  assert.equal(files.length, whole.length - 1);
  await load(engine, tarOf(files));
  await engine.images.remove("first:1");
  const saved = (await save(engine, "next:1")).toString("latin1");
  assert.ok(saved.includes("application/vnd.oci.image.layer.v1.tar+zstd"));
  assert.ok(!saved.includes("application/vnd.oci.image.layer.v1.tar+gzip"));
});

test("a repository stands for all its tags, an ID for the image without them", async () => {
  await using engine = await openEngine({ memory: true });
  await load(engine, tarOf(dockerArchive([{ image: small, tags: ["x:1", "x:2", "other:1"] }])));
  const tagsOf = async (name: string): Promise<unknown> => {
    const saved = (await save(engine, name)).toString("latin1");
    return (JSON.parse(/\[\{"Config".*\}\]/.exec(saved)?.[0] ?? "[]") as { RepoTags: unknown }[])[0]?.RepoTags;
  };
  assert.deepEqual(await tagsOf("x"), ["x:1", "x:2"]);
  assert.deepEqual(await tagsOf("x:2"), ["x:2"]);
  assert.equal(await tagsOf(small.id.slice(7, 19)), null);
  await assert.rejects(save(engine, "x:3"), { kind: "not-found", message: "No such image: x:3" });
});

test("an index whose other platforms are absent loads, and leaves again without what it lacks", async () => {
  const sparse = MULTI.filter(({ name }) => !name.endsWith(arm.diffIds[0]?.slice(7) ?? "-"));
  assert.equal(sparse.length, MULTI.length - 1);
  await using engine = await openEngine({ memory: true });
  await load(engine, tarOf(sparse));
  const { manifests } = await engine.images.inspect("multi:1", { manifests: true });
  assert.deepEqual(
    manifests?.map((manifest) => manifest.available),
    [true, false],
  );
  await using second = await openEngine({ memory: true });
  await load(second, await save(engine, "multi:1"));
  const again = await second.images.inspect("multi:1", { manifests: true });
  assert.equal(again.id, small.id);
  assert.deepEqual(
    again.manifests?.map((manifest) => manifest.available),
    [true],
  );
});

test("a platform can be asked for, and only that is stored", async () => {
  await using engine = await openEngine({ memory: true });
  const events = await Array.fromAsync(
    engine.images.load({ archive: chunked(tarOf(MULTI)), platforms: [{ os: "linux", architecture: "arm64" }] }),
  );
  assert.deepEqual(events.at(-1), { type: "done", images: [arm.id] });
  const { manifests } = await engine.images.inspect("multi:1", { manifests: true });
  assert.deepEqual(
    manifests?.map((manifest) => manifest.available),
    [false, true],
  );
  const missing = engine.images.load({ archive: chunked(tarOf(MULTI)), platforms: [{ os: "linux", architecture: "s390x" }] });
  await assert.rejects(Array.fromAsync(missing), {
    message: "requested platform(s) ([linux/s390x]) not found: image might be filtered out",
  });
});

test("an archive may leave out layers that are stored here already", async () => {
  await using root = await TemporaryRoot.make();
  await using engine = await root.open();
  await load(engine, tarOf(dockerArchive([{ image: stacked, tags: ["x:1"] }])));
  const child = imageOf([...stacked.layers, [{ name: "new", data: "1" }]], { config: { Cmd: ["new"] } });
  const thin = dockerArchive([{ image: child, tags: ["x:2"] }]).filter(
    ({ name }) => !stacked.diffIds.some((diffId) => name.endsWith(diffId.slice(7))),
  );
  await load(engine, tarOf(thin));
  assert.deepEqual((await engine.images.inspect("x:2")).config.diffIds, child.diffIds);
  await engine.images.remove("x:1");
  assert.equal((await save(engine, "x:2")).includes(stacked.layers[1] ?? ""), true);
});

test("a name that moves leaves its old image without it, and says so", async () => {
  await using engine = await openEngine({ memory: true });
  await load(engine, tarOf(dockerArchive([{ image: small, tags: ["x:1"] }])));
  const events = await load(engine, tarOf(dockerArchive([{ image: arm, tags: ["x:1"] }])));
  assert.deepEqual(
    events.find((event) => event.type === "renamed"),
    { type: "renamed", name: "x:1", from: small.id },
  );
  assert.deepEqual((await engine.images.inspect(small.id)).names, []);
});

test("loading the same archive again changes nothing", async () => {
  await using root = await TemporaryRoot.make();
  await using engine = await root.open();
  const archive = tarOf(dockerArchive([{ image: stacked, tags: ["x:1"] }]));
  await load(engine, archive);
  const before = await root.blobs();
  const events = await load(engine, archive);
  assert.deepEqual(
    events.map((event) => event.type),
    ["image", "done"],
  );
  assert.deepEqual(await root.blobs(), before);
  assert.equal((await engine.images.list({ all: true })).length, 1);
});

const broken: [what: string, files: () => Buffer, message: RegExp][] = [
  ["no tar at all", () => Buffer.from("no tar ".repeat(500)), /invalid tar header/],
  ["compressed in a way nobody knows", () => brotliCompressSync(tarOf(MULTI)), /invalid tar header|unexpected EOF/],
  ["a tar without images", () => tarOf([{ name: "x", data: "1" }]), /^invalid archive: does not contain a manifest\.json$/],
  ["cut off inside a layer", () => tarOf(dockerArchive([{ image: stacked, tags: ["x:1"] }])).subarray(0, 200_000), /^unexpected EOF$/],
  ["without the config", () => withManifest({ Config: "nope.json", Layers: [] }), /^image config "nope\.json" not found$/],
  [
    "with a config outside of it",
    () => withManifest({ Config: "../../etc/passwd", Layers: [] }),
    /^image config "\.\.\/\.\.\/etc\/passwd" not found$/,
  ],
  ["with a layer it does not have", () => withManifest({ Layers: ["l.tar"] }), /^failed to resolve layers: layer "l\.tar" not found$/],
  [
    "with fewer layers than the config",
    () => withManifest({ Layers: [] }),
    /^invalid manifest, layers length mismatch: expected 0, got 1$/,
  ],
  [
    "with another layer than the config says",
    () => withManifest({ Layers: ["other.tar"] }, [{ name: "other.tar", data: arm.layers[0] ?? "" }]),
    new RegExp(`^invalid diffID for layer 0: expected "${small.diffIds[0]}", got "${arm.diffIds[0]}"$`),
  ],
  [
    "with a layer that is none",
    () => withManifest({ Layers: ["l"] }, [{ name: "l", data: Buffer.alloc(2000, 7) }]),
    /^cannot read layer 0 .*invalid tar header$/,
  ],
  ["with a null manifest", () => tarOf([{ name: "manifest.json", data: "null" }]), /invalid archive: |manifest cannot be null/],
  ["with a manifest that is no JSON", () => tarOf([{ name: "manifest.json", data: "[{" }]), /^unexpected end of JSON input$/],
  [
    "with a name in capitals",
    () => withManifest({ RepoTags: ["UP:1"] }),
    /^invalid reference format: repository name \(library\/UP\) must be lowercase$/,
  ],
  ["with a digest as a name", () => withManifest({ RepoTags: [`x@${small.id}`] }), /^invalid tag "x@sha256:/],
  ["with a name without a tag", () => withManifest({ RepoTags: ["x"] }), /^invalid tag "x"$/],
  [
    "a layout of another version",
    () => tarOf(replace(MULTI, "oci-layout", '{"imageLayoutVersion":"9.9.9"}')),
    /^unsupported OCI version 9\.9\.9$/,
  ],
  [
    "a layout whose config is not its digest's",
    () => tarOf(replace(MULTI, `blobs/sha256/${small.id.slice(7)}`, "{".padEnd(small.config.length, " "))),
    /its content has the digest sha256:/,
  ],
  [
    "a layout whose layer is not its digest's",
    () => tarOf(replace(MULTI, `blobs/sha256/${small.diffIds[0]?.slice(7)}`, arm.layers[0] ?? "")),
    /its content has the digest sha256:/,
  ],
];

for (const [what, archive, message] of broken) {
  test(`an archive ${what} is refused, and nothing of it stays`, async () => {
    await using root = await TemporaryRoot.make();
    await using engine = await root.open();
    await assert.rejects(load(engine, archive()), { name: "EngineError", message });
    assert.deepEqual(await engine.images.list({ all: true }), []);
    assert.deepEqual(await root.blobs(), []);
    assert.deepEqual(await root.unfinished(), []);
  });
}

test("images before a broken one stay, and are the ones that were reported", async () => {
  await using engine = await openEngine({ memory: true });
  const files = dockerArchive([
    { image: small, tags: ["x:1"] },
    { image: arm, tags: ["BAD:1"] },
  ]);
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const event of engine.images.load({ archive: chunked(tarOf(files)) })) if (event.type === "image") seen.push(...event.names);
  }, /must be lowercase/);
  assert.deepEqual(await names(engine), seen);
});

/** An archive of `small` with some members of its manifest replaced. */
function withManifest(item: object, more: readonly TarFile[] = []): Buffer {
  const config = `${small.id.slice(7)}.json`;
  const whole = { Config: config, RepoTags: ["x:1"], Layers: ["layer.tar"], ...item };
  const files = [{ name: config, data: small.config }, { name: "layer.tar", data: small.layers[0] ?? "" }, ...more];
  return tarOf([...files, { name: "manifest.json", data: JSON.stringify([whole]) }]);
}

function replace(files: readonly TarFile[], name: string, data: string | Buffer): TarFile[] {
  assert.ok(
    files.some((file) => file.name === name),
    name,
  );
  return files.map((file) => (file.name === name ? { ...file, data } : file));
}
