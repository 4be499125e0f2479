import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManifestSummary } from "#images";
import { ID, listed, sampleSummary, TARGET } from "../../../../test/api/sample-images.ts";
import { encodeImageList, encodeImageSummary } from "./image-summary.ts";
import { encodeManifestSummary } from "./manifest-summary.ts";

const TAGGED = listed(sampleSummary());
const DANGLING = listed(sampleSummary({ names: [], labels: undefined }));
const DIGEST_ONLY = listed(sampleSummary({ names: [], digests: [`my/img@${ID}`] }));

/** What the reference engine 28.5 answered for an image like this, version by version. */
test("a row of the list has the members of its version", () => {
  const common = { Created: 1_795_239_735, Id: ID, Labels: { a: "b" }, ParentId: "", SharedSize: -1, Size: 3 };
  const cases = [
    ["1.24", { ...common, Containers: -1, RepoDigests: null, RepoTags: ["my/img:1"], VirtualSize: 3 }],
    ["1.42", { ...common, Containers: -1, RepoDigests: null, RepoTags: ["my/img:1"], VirtualSize: 3 }],
    ["1.43", { ...common, Containers: -1, RepoDigests: [], RepoTags: ["my/img:1"], VirtualSize: 3 }],
    ["1.44", { ...common, Containers: -1, RepoDigests: [], RepoTags: ["my/img:1"] }],
    ["1.47", { ...common, Containers: -1, RepoDigests: [], RepoTags: ["my/img:1"] }],
    ["1.48", { ...common, Containers: -1, Descriptor: TARGET, RepoDigests: [], RepoTags: ["my/img:1"] }],
    ["1.51", { ...common, Containers: 0, Descriptor: TARGET, RepoDigests: [], RepoTags: ["my/img:1"] }],
    ["1.55", { ...common, Containers: 0, Descriptor: TARGET, RepoDigests: [], RepoTags: ["my/img:1"] }],
  ] as const;
  for (const [version, expected] of cases) assert.deepEqual(encodeImageSummary(TAGGED, version), expected, version);
});

test("an image without names says so in the way of its version", () => {
  const cases = [
    [DANGLING, "1.42", ["<none>:<none>"], ["<none>@<none>"]],
    [DANGLING, "1.43", [], []],
    [DIGEST_ONLY, "1.42", null, [`my/img@${ID}`]],
    [DIGEST_ONLY, "1.43", [], [`my/img@${ID}`]],
  ] as const;
  for (const [image, version, tags, digests] of cases) {
    const { RepoTags, RepoDigests } = encodeImageSummary(image, version);
    assert.deepEqual([RepoTags, RepoDigests], [tags, digests], version);
  }
  assert.equal(encodeImageSummary(DANGLING, "1.51").Labels, null);
});

test("the list as text is the list as values, remembered or not, filtered or not", () => {
  const shared = sampleSummary();
  const rows = [
    listed(shared),
    listed(shared, { containers: 2 }),
    listed(shared, { names: [] }),
    listed(shared, { sharedSize: 5 }),
    DANGLING,
  ];
  for (const version of ["1.24", "1.43", "1.51", "1.24"]) {
    const expected = rows.map((row) => encodeImageSummary(row, version));
    for (const _again of [1, 2]) assert.deepEqual(JSON.parse(encodeImageList(rows, version)), expected);
  }
  assert.equal(encodeImageList([], "1.51"), "[]");
});

test("a label called __proto__ is a label", () => {
  const labels = JSON.parse('{"__proto__":"x","a":"b"}') as Record<string, string>;
  assert.match(encodeImageList([listed(sampleSummary({ labels }))], "1.51"), /"Labels":\{"__proto__":"x","a":"b"\}/);
});

const MANIFEST: ManifestSummary = {
  descriptor: TARGET,
  available: true,
  kind: "image",
  contentSize: 873,
  unpackedSize: 3,
  platform: { os: "linux", architecture: "arm64", variant: "v8" },
  attestationFor: undefined,
  containers: [],
};

test("a manifest of each kind has the data of its kind", () => {
  const common = { ID: TARGET.digest, Descriptor: TARGET, Available: true, Size: { Content: 873, Total: 873 } };
  assert.deepEqual(encodeManifestSummary(MANIFEST), {
    ...common,
    Kind: "image",
    ImageData: { Platform: { architecture: "arm64", os: "linux", variant: "v8" }, Size: { Unpacked: 0 }, Containers: null },
  });
  assert.deepEqual(encodeManifestSummary({ ...MANIFEST, kind: "attestation", attestationFor: ID }), {
    ...common,
    Kind: "attestation",
    AttestationData: { For: ID },
  });
  assert.deepEqual(encodeManifestSummary({ ...MANIFEST, kind: "unknown" }), { ...common, Kind: "unknown" });
});
