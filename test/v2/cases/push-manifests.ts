import assert from "node:assert/strict";
import type { ConformanceCase } from "../case.ts";
import { locationOf } from "../case.ts";
import { artifactOf, digestOf, imageOf, indexOf, manifestOf, pieceOf, randomPiece, TYPE } from "../content.ts";
import type { Whole } from "../content.ts";

const PLATFORMS = ["amd64", "arm64"];

function platforms(): Whole[] {
  return PLATFORMS.map((architecture) => imageOf({ architecture }));
}

function described(whole: Whole, more: Readonly<Record<string, unknown>>): Whole {
  return { ...whole, descriptor: { ...whole.descriptor, ...more } };
}

/** Whatever manifests may look like: each goes in by digest and by tag and comes out as it was. */
const KINDS: readonly (readonly [what: string, make: () => Whole])[] = [
  ["an image", () => imageOf()],
  ["an image without layers", () => imageOf({ layers: 0 })],
  ["an image whose config does not know its layers", oddImage],
  ["an image with members that nobody knows", () => imageOf({ more: { "org.example.unknown": { deep: [1, null] } } })],
  ["an image with layers that may not be distributed", foreignImage],
  ["an image of sha512 digests", () => imageOf({ algorithm: "sha512" })],
  ["a manifest of almost four megabytes", largeImage],
  ["an index of two platforms", () => indexOf(platforms())],
  [
    "an index with the manifests' bytes in the descriptors",
    () => indexOf(platforms().map((whole) => described(whole, { data: whole.bytes.toString("base64") }))),
  ],
  ["an index of indexes", () => indexOf([indexOf(platforms()), indexOf(platforms())])],
  ["an index of nothing", () => indexOf([])],
  ["an index of artifacts", () => indexOf([artifactOf(), artifactOf()], { more: { artifactType: TYPE.artifact } })],
  ["an index of sha512 digests", () => indexOf([imageOf({ algorithm: "sha512" })], { algorithm: "sha512" })],
  ["an index of layers, as build caches are", buildCache],
  ["an artifact", () => artifactOf()],
  [
    "an artifact without content",
    () => manifestOf(pieceOf(TYPE.empty, "{}"), [pieceOf(TYPE.empty, "{}")], { more: { artifactType: TYPE.artifact } }),
  ],
];

function oddImage(): Whole {
  const config = pieceOf(
    TYPE.config,
    JSON.stringify({ os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [digestOf("")] } }),
  );
  return manifestOf(config, [anyLayer()]);
}

function anyLayer(): Whole["blobs"][number] {
  const { bytes } = randomPiece();
  return pieceOf(TYPE.layer, bytes);
}

function foreignImage(): Whole {
  const whole = imageOf();
  const urls = ["https://store.example.com/blob"];
  const foreign = { bytes: Buffer.from(""), descriptor: { mediaType: TYPE.foreign, digest: digestOf(whole.bytes), size: 123_456, urls } };
  const { config, layers } = JSON.parse(whole.bytes.toString()) as { config: Whole["descriptor"]; layers: Whole["descriptor"][] };
  const parts = new Map(whole.blobs.map((blob) => [blob.descriptor.digest, blob]));
  const made = manifestOf(parts.get(config.digest) ?? foreign, [foreign, ...layers.map(({ digest }) => parts.get(digest) ?? foreign)]);
  return { ...made, blobs: whole.blobs };
}

function largeImage(): Whole {
  return imageOf({
    more: { annotations: Object.fromEntries(Array.from({ length: 390 }, (_, index) => [`large-${index}`, "A".repeat(10_000)])) },
  });
}

function buildCache(): Whole {
  const layer = anyLayer();
  return { ...indexOf([{ ...layer, blobs: [], manifests: [] }]), blobs: [layer], manifests: [] };
}

export const PUSH_MANIFESTS: readonly ConformanceCase[] = [
  ...KINDS.map(([what, make]): ConformanceCase => ({
    section: "Pushing manifests (end-7)",
    title: `${what} is kept byte for byte, under its digest and its tag`,
    async run(lab) {
      const whole = make();
      const isCanonical = whole.descriptor.digest.startsWith("sha256:");
      await lab.push(whole, ...(isCanonical ? [whole.descriptor.digest, "tag"] : []));
      await lab.expectWhole(whole, ...(isCanonical ? ["tag"] : []));
    },
  })),
  {
    section: "Pushing manifests (end-7)",
    title: "the answer says where the manifest is, and its digest",
    async run(lab) {
      const whole = imageOf();
      for (const blob of whole.blobs) await lab.pushBlob(blob);
      for (const reference of ["v1", whole.descriptor.digest]) {
        const reply = await lab.putManifest(whole, reference);
        assert.equal(reply.headers["docker-content-digest"], whole.descriptor.digest);
        assert.deepEqual((await lab.ask(200, `GET ${locationOf(reply)}`)).body, whole.bytes);
      }
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "several tags at once, with the digest and `?tag=`",
    async run(lab) {
      const whole = imageOf();
      for (const blob of whole.blobs) await lab.pushBlob(blob);
      const { headers } = await lab.putManifest(whole, `${whole.descriptor.digest}?tag=one&tag=two`);
      assert.equal(headers["oci-tag"], "one, two");
      await lab.expectWhole(whole, "one", "two");
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "a tag moves, and what it stood for stays under its digest",
    async run(lab) {
      const first = await lab.push(imageOf(), "moving");
      const second = await lab.push(imageOf(), "moving");
      await lab.expectManifest(second, "moving");
      await lab.expectWhole(first);
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "a manifest whose blobs are missing is a 400 that names them all",
    async run(lab) {
      const { bytes, blobs } = imageOf();
      const reply = await lab.ask(400, "PUT manifests/v1", { body: bytes, headers: { "Content-Type": TYPE.manifest } });
      const { errors } = JSON.parse(reply.body.toString()) as { errors: { code: string; detail: { digest: string } }[] };
      assert.ok(errors.every(({ code }) => code === "MANIFEST_BLOB_UNKNOWN"));
      assert.deepEqual(
        errors.map(({ detail }) => detail.digest),
        blobs.map(({ descriptor }) => descriptor.digest),
      );
      await lab.ask(404, "GET manifests/v1");
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "an index whose manifests are missing is a 400",
    async run(lab) {
      const [here, gone] = platforms() as [Whole, Whole];
      await lab.push(here);
      const { bytes } = indexOf([here, gone]);
      assert.equal(
        await lab.refusal(400, "PUT manifests/v1", { body: bytes, headers: { "Content-Type": TYPE.index } }),
        "MANIFEST_BLOB_UNKNOWN",
      );
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "a manifest that has another digest is a 400, and so is a digest that is none",
    async run(lab) {
      const { bytes, blobs, descriptor } = imageOf();
      for (const blob of blobs) await lab.pushBlob(blob);
      const request = { body: Buffer.concat([bytes, Buffer.from("  ")]), headers: { "Content-Type": TYPE.manifest } };
      for (const reference of [descriptor.digest, "sha256:baddigeststring"]) {
        assert.equal(await lab.refusal(400, `PUT manifests/${reference}`, request), "DIGEST_INVALID");
      }
      await lab.ask(404, `GET manifests/${descriptor.digest}`);
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "what is no manifest, or not the one that was announced, is a 400",
    async run(lab) {
      const { bytes, blobs } = imageOf();
      for (const blob of blobs) await lab.pushBlob(blob);
      const both = JSON.stringify({ ...(JSON.parse(bytes.toString()) as object), manifests: [] });
      const cases: readonly (readonly [body: string | Buffer, type: string])[] = [
        ["", TYPE.manifest],
        ["no JSON", TYPE.manifest],
        ["[]", TYPE.manifest],
        ["{}", TYPE.manifest],
        [both, TYPE.manifest],
        [bytes, TYPE.index],
        [bytes, "application/json"],
      ];
      for (const [body, type] of cases) {
        assert.equal(await lab.refusal(400, "PUT manifests/v1", { body, headers: { "Content-Type": type } }), "MANIFEST_INVALID");
      }
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "a manifest of more than four megabytes is a 413",
    async run(lab) {
      const body = Buffer.alloc(4 * 1024 * 1024 + 1, " ");
      assert.equal(await lab.refusal(413, "PUT manifests/v1", { body, headers: { "Content-Type": TYPE.manifest } }), "SIZE_INVALID");
    },
  },
  {
    section: "Pushing manifests (end-7)",
    title: "a tag that is none is a 400",
    async run(lab) {
      for (const tag of [".dot", "-dash", "a".repeat(129), "sp%20ace"]) {
        assert.equal(await lab.refusal(400, `PUT manifests/${tag}`, { body: "{}" }), "TAG_INVALID", tag);
      }
      assert.equal(await lab.refusal(400, `PUT manifests/${digestOf("{}")}?tag=.dot`, { body: "{}" }), "TAG_INVALID");
    },
  },
];
