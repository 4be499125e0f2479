import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "#events";
import type { ManifestSummary } from "#images";
import { digestOf } from "#oci";
import { HOST } from "../../../../test/api/serve-api.ts";
import { ID, listed, sampleDetail, sampleSummary, TARGET } from "../../../../test/api/sample-images.ts";
import { encodeContainerConfig } from "./container-config.ts";
import { encodeDiskUsage } from "./disk-usage.ts";
import { createEncoder } from "./encoder.ts";
import { encodeEvent } from "./event.ts";
import { tidyTime } from "./go-time.ts";
import { encodeHistory } from "./image-history.ts";
import { encodeImageInspect } from "./image-inspect.ts";
import { encodeImageList, encodeImageSummary } from "./image-summary.ts";
import { encodeInfo } from "./info.ts";
import { encodeManifestSummary } from "./manifest-summary.ts";
import { encodePrune, encodeRemoval } from "./removal.ts";

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
  const rows = [listed(shared), listed(shared, { containers: 2 }), listed(shared, { names: [] }), listed(shared, { sharedSize: 5 }), DANGLING];
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

/** Which members of inspect come and go; `false` stands for absent. */
const INSPECT = {
  Parent: [["1.51", ""], ["1.52", false]],
  Comment: [["1.24", "Imported from -"], ["1.55", "Imported from -"]],
  Author: [["1.51", ""], ["1.52", false]],
  DockerVersion: [["1.51", ""], ["1.52", false]],
  Created: [["1.24", "2026-11-21T05:42:14.9989809Z"], ["1.55", "2026-11-21T05:42:14.9989809Z"]],
  Container: [["1.24", false], ["1.45", false]],
  VirtualSize: [["1.43", 3], ["1.44", false]],
  GraphDriver: [["1.51", { Data: null, Name: "overlayfs" }], ["1.52", false]],
  RootFS: [["1.24", { Type: "layers", Layers: [digestOf("layer")] }], ["1.55", { Type: "layers", Layers: [digestOf("layer")] }]],
  Metadata: [["1.24", { LastTagTime: "0001-01-01T00:00:00Z" }], ["1.55", { LastTagTime: "0001-01-01T00:00:00Z" }]],
  Descriptor: [["1.47", false], ["1.48", TARGET]],
  Manifests: [["1.48", false], ["1.55", false]],
} as const;

for (const [member, cases] of Object.entries(INSPECT)) {
  test(`inspect has ${member} as each version wants it`, () => {
    for (const [version, expected] of cases) {
      const json: Readonly<Record<string, unknown>> = { ...encodeImageInspect(sampleDetail(), version) };
      assert.deepEqual(json[member] ?? (member in json), expected, version);
    }
  });
}

test("an image that does not say when it was made has Go's zero time below 1.44, and none since", () => {
  const { created: _, ...config } = sampleDetail().config;
  const detail = sampleDetail({ config: { ...config, diffIds: [] } });
  assert.equal(encodeImageInspect(detail, "1.43").Created, "0001-01-01T00:00:00Z");
  assert.equal("Created" in encodeImageInspect(detail, "1.44"), false);
  assert.deepEqual(encodeImageInspect(detail, "1.44").RootFS, { Type: "layers" });
});

test("what a classic build noted of its container is shown up to 1.44, and an empty config where there is none", () => {
  const { config } = sampleDetail();
  const built = sampleDetail({ config: { ...config, container: "abc", containerConfig: { Hostname: "h" } } });
  assert.equal(encodeImageInspect(built, "1.44").Container, "abc");
  assert.deepEqual(encodeImageInspect(built, "1.44").ContainerConfig, { Hostname: "h" });
  assert.equal("ContainerConfig" in encodeImageInspect(built, "1.45"), false);
  assert.equal(encodeImageInspect(sampleDetail(), "1.44").ContainerConfig?.Hostname, "");
});

const ALWAYS_AT_1_50 = { User: "", Env: null, Cmd: null, Volumes: null, WorkingDir: "", Entrypoint: null, OnBuild: null, Labels: null };
const ALWAYS_AT_1_49 = {
  ...ALWAYS_AT_1_50,
  ...{ Hostname: "", Domainname: "", AttachStdin: false, AttachStdout: false, AttachStderr: false },
  ...{ Tty: false, OpenStdin: false, StdinOnce: false, Image: "" },
};

test("an empty config shows what its version always shows", () => {
  for (const version of ["1.24", "1.49"]) assert.deepEqual(encodeContainerConfig({}, version), ALWAYS_AT_1_49);
  for (const version of ["1.50", "1.51"]) assert.deepEqual(encodeContainerConfig({}, version), ALWAYS_AT_1_50);
  for (const version of ["1.52", "1.55"]) assert.deepEqual(encodeContainerConfig({}, version), {});
});

test("a full config is shown whole in every version", () => {
  const full = {
    ...{ User: "u", ExposedPorts: { "80/tcp": {} }, Env: ["A=1"], Cmd: ["c"], Healthcheck: { Test: ["NONE"] }, ArgsEscaped: true },
    ...{ Volumes: { "/v": {} }, WorkingDir: "/w", Entrypoint: ["e"], OnBuild: ["RUN x"], Labels: { l: "1" }, StopSignal: "9", Shell: ["sh"] },
  };
  for (const version of ["1.50", "1.55"]) assert.deepEqual(encodeContainerConfig(full, version), full);
});

test("times are printed as Go prints them", () => {
  const cases = [
    ["2026-11-21T05:42:14.998980901Z", "2026-11-21T05:42:14.998980901Z"],
    ["2026-11-21T05:42:14.100000000Z", "2026-11-21T05:42:14.1Z"],
    ["2026-11-21T05:42:14.000Z", "2026-11-21T05:42:14Z"],
    ["2026-11-21T05:42:10Z", "2026-11-21T05:42:10Z"],
    ["2026-11-21T05:42:14.5+00:00", "2026-11-21T05:42:14.5Z"],
    ["2026-11-21T05:42:10+00:00", "2026-11-21T05:42:10Z"],
    ["2026-11-21T05:42:14.50+02:00", "2026-11-21T05:42:14.5+02:00"],
    ["yesterday", "yesterday"],
  ] as const;
  for (const [written, printed] of cases) assert.equal(tidyTime(written), printed);
});

test("history, removals and prunes are the same in all versions", () => {
  const item = { id: undefined, created: 5, createdBy: "RUN x", comment: "", size: 0, names: [] };
  assert.deepEqual(encodeHistory(item), { Comment: "", Created: 5, CreatedBy: "RUN x", Id: "<missing>", Size: 0, Tags: null });
  assert.deepEqual(encodeHistory({ ...item, id: ID, names: ["a:1"] }).Tags, ["a:1"]);
  assert.deepEqual([encodeRemoval({ untagged: "a:1" }), encodeRemoval({ deleted: ID })], [{ Untagged: "a:1" }, { Deleted: ID }]);
  assert.deepEqual(encodePrune({ removed: [], reclaimed: 0 }), { ImagesDeleted: null, SpaceReclaimed: 0 });
});

const TAG: EngineEvent = { type: "image", action: "tag", actor: { id: ID, attributes: { name: "a:1" } }, time: 1_795_239_735_003_757_891n };

test("an event keeps its nanoseconds, and its old members below 1.52", () => {
  const body = `"Type":"image","Action":"tag","Actor":{"ID":"${ID}","Attributes":{"name":"a:1"}},"scope":"local","time":1795239735,"timeNano":1795239735003757891}`;
  assert.equal(encodeEvent(TAG, "1.51"), `{"status":"tag","id":"${ID}",${body}`);
  assert.equal(encodeEvent(TAG, "1.52"), `{${body}`);
  const prune: EngineEvent = { ...TAG, action: "prune", actor: { id: "", attributes: { reclaimed: "5" } } };
  assert.match(encodeEvent(prune, "1.51"), /^\{"status":"prune","Type":"image"/);
  const start: EngineEvent = { ...TAG, type: "container", action: "start", actor: { id: "c", attributes: { image: "a:1" } } };
  assert.match(encodeEvent(start, "1.51"), /^\{"status":"start","id":"c","from":"a:1",/);
  assert.match(encodeEvent({ ...TAG, type: "builder" }, "1.51"), /^\{"Type":"builder"/);
});

const USAGE = { layersSize: 10, images: [listed(sampleSummary({ size: 7 }), { sharedSize: 2 }), listed(sampleSummary(), { containers: 1, sharedSize: 0 })] };

test("disk usage below 1.52 has null for what was not asked for", () => {
  const all = encodeDiskUsage({ usage: USAGE, types: new Set(), isVerbose: false }, "1.24");
  assert.deepEqual({ ...all, Images: all.Images?.length }, { LayersSize: 10, Images: 2, Containers: [], Volumes: [], BuildCache: [] });
  assert.deepEqual(all.Images?.map(({ Containers, SharedSize, VirtualSize, Descriptor }) => [Containers, SharedSize, VirtualSize, Descriptor]), [
    [0, 2, 7, TARGET],
    [1, 0, 3, TARGET],
  ]);
  assert.deepEqual(encodeDiskUsage({ usage: USAGE, types: new Set(["volume"]), isVerbose: false }, "1.51"), {
    ...{ LayersSize: 0, Images: null, Containers: null, Volumes: [], BuildCache: null },
  });
});

test("disk usage since 1.52 counts, and shows the items when it is verbose", () => {
  const brief = encodeDiskUsage({ usage: USAGE, types: new Set(), isVerbose: false }, "1.52");
  assert.deepEqual(brief.ImageUsage, { ActiveCount: 1, TotalCount: 2, Reclaimable: 5, TotalSize: 10 });
  assert.equal(brief.Images?.length, 2);
  const verbose = encodeDiskUsage({ usage: USAGE, types: new Set(["image"]), isVerbose: true }, "1.52");
  assert.deepEqual(Object.keys(verbose), ["ImageUsage"]);
  assert.equal(verbose.ImageUsage?.Items?.length, 2);
});

test("info comes and goes with its version, and is never without what typed clients read", () => {
  const logger = { debug: () => undefined, warn: () => undefined, error: () => undefined };
  const registries = { insecure: ["10.0.0.0/8", "reg:5000"], mirrors: ["https://m/"] };
  const options = { version: "1.2.3", host: HOST, logger, registries, labels: () => ["a=b"] };
  const facts = { engineId: "id", dataRoot: "/data", images: 2, now: new Date(0), options };
  const gates = [
    ["CDISpecDirs", "1.43", "1.44"],
    ["FirewallBackend", "1.48", "1.49"],
    ["DiscoveredDevices", "1.49", "1.50"],
  ] as const;
  for (const [member, without, withIt] of gates) {
    assert.equal(member in encodeInfo(facts, without), false, member);
    assert.equal(member in encodeInfo(facts, withIt), true, member);
  }
  const gone = [["BridgeNfIptables", "1.49", "1.50"]] as const;
  for (const [member, withIt, without] of gone) assert.deepEqual([member in encodeInfo(facts, withIt), member in encodeInfo(facts, without)], [true, false]);
  assert.deepEqual([encodeInfo(facts, "1.48").RuncCommit, encodeInfo(facts, "1.49").RuncCommit], [{ ID: "", Expected: "" }, { ID: "" }]);
  assert.equal(encodeInfo(facts, "1.46").RegistryConfig?.AllowNondistributableArtifactsCIDRs, null);
  const info = encodeInfo(facts, "1.51");
  assert.deepEqual(info.RegistryConfig, {
    IndexConfigs: {
      "reg:5000": { Name: "reg:5000", Mirrors: [], Secure: false, Official: false },
      "docker.io": { Name: "docker.io", Mirrors: ["https://m/"], Secure: true, Official: true },
    },
    InsecureRegistryCIDRs: ["10.0.0.0/8", "127.0.0.0/8", "::1/128"],
    Mirrors: ["https://m/"],
  });
  assert.deepEqual([info.Architecture, info.OSType, info.Name, info.Labels, info.Images], ["x86_64", "linux", "harbour", ["a=b"], 2]);
  assert.equal(info.Swarm.LocalNodeState, "inactive");
});

test("createEncoder() gives versions between which nothing changes the same shape", () => {
  const encode = createEncoder<number, { a?: number; b?: number }>([
    ["a", (n) => n],
    ["b", (n) => n, { since: "1.40", until: "1.50" }],
  ]);
  assert.equal(encode.shapeOf("1.41"), encode.shapeOf("1.49"));
  assert.notEqual(encode.shapeOf("1.39"), encode.shapeOf("1.40"));
  assert.equal(encode.shapeOf("1.50"), encode.shapeOf("1.24"));
});
