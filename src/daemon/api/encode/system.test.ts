import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "#events";
import { HOST } from "../../../../test/api/serve-api.ts";
import { ID, listed, sampleSummary, TARGET } from "../../../../test/api/sample-images.ts";
import { encodeDiskUsage } from "./disk-usage.ts";
import { createEncoder } from "./encoder.ts";
import { encodeEvent } from "./event.ts";
import { encodeHistory } from "./image-history.ts";
import { encodeInfo } from "./info.ts";
import { encodePrune, encodeRemoval } from "./removal.ts";

test("history, removals and prunes are the same in all versions", () => {
  const item = { id: undefined, created: 5, createdBy: "RUN x", comment: "", size: 0, names: [] };
  assert.deepEqual(encodeHistory(item), { Comment: "", Created: 5, CreatedBy: "RUN x", Id: "<missing>", Size: 0, Tags: null });
  assert.deepEqual(encodeHistory({ ...item, id: ID, names: ["a:1"] }).Tags, ["a:1"]);
  assert.deepEqual([encodeRemoval({ untagged: "a:1" }), encodeRemoval({ deleted: ID })], [{ Untagged: "a:1" }, { Deleted: ID }]);
  assert.deepEqual(encodePrune({ removed: [], reclaimed: 0 }), { ImagesDeleted: null, SpaceReclaimed: 0 });
});

const TAG: EngineEvent = { type: "image", action: "tag", actor: { id: ID, attributes: { name: "a:1" } }, time: 1_795_239_735_003_757_891n };

test("an event keeps its nanoseconds, and its old members below 1.52", () => {
  const actor = `{"ID":"${ID}","Attributes":{"name":"a:1"}}`;
  const body = `"Type":"image","Action":"tag","Actor":${actor},"scope":"local","time":1795239735,"timeNano":1795239735003757891}`;
  assert.equal(encodeEvent(TAG, "1.51"), `{"status":"tag","id":"${ID}",${body}`);
  assert.equal(encodeEvent(TAG, "1.52"), `{${body}`);
  const prune: EngineEvent = { ...TAG, action: "prune", actor: { id: "", attributes: { reclaimed: "5" } } };
  assert.match(encodeEvent(prune, "1.51"), /^\{"status":"prune","Type":"image"/);
  const start: EngineEvent = { ...TAG, type: "container", action: "start", actor: { id: "c", attributes: { image: "a:1" } } };
  assert.match(encodeEvent(start, "1.51"), /^\{"status":"start","id":"c","from":"a:1",/);
  assert.match(encodeEvent({ ...TAG, type: "builder" }, "1.51"), /^\{"Type":"builder"/);
});

const USAGE = {
  layersSize: 10,
  images: [listed(sampleSummary({ size: 7 }), { sharedSize: 2 }), listed(sampleSummary(), { containers: 1, sharedSize: 0 })],
  buildCache: [],
  containers: [],
  volumes: [],
};

test("disk usage below 1.52 has null for what was not asked for", () => {
  const all = encodeDiskUsage({ usage: USAGE, types: new Set(), isVerbose: false }, "1.24");
  assert.deepEqual({ ...all, Images: all.Images?.length }, { LayersSize: 10, Images: 2, Containers: [], Volumes: [], BuildCache: [] });
  assert.deepEqual(
    all.Images?.map(({ Containers, SharedSize, VirtualSize, Descriptor }) => [Containers, SharedSize, VirtualSize, Descriptor]),
    [
      [0, 2, 7, TARGET],
      [1, 0, 3, TARGET],
    ],
  );
  assert.deepEqual(encodeDiskUsage({ usage: USAGE, types: new Set(["volume"]), isVerbose: false }, "1.51"), {
    LayersSize: 0,
    Images: null,
    Containers: null,
    Volumes: [],
    BuildCache: null,
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
  const facts = {
    engineId: "id",
    dataRoot: "/data",
    images: 2,
    containers: { running: 1, paused: 2, stopped: 3 },
    now: new Date(0),
    options,
  };
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
  for (const [member, withIt, without] of gone)
    assert.deepEqual([member in encodeInfo(facts, withIt), member in encodeInfo(facts, without)], [true, false]);
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
  assert.deepEqual([info.Containers, info.ContainersRunning, info.ContainersPaused, info.ContainersStopped], [6, 1, 2, 3]);
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
