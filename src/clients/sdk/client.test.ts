import assert from "node:assert/strict";
import { test } from "node:test";
import { ARCHIVE, ask, bytesOf, readAll, StandIn } from "../../../test/sdk/stand-in.ts";
import type { Reply } from "../../../test/sdk/stand-in.ts";
import { Client, resultOf } from "./index.ts";

const ARM = { os: "linux", architecture: "arm64" };
const ARM_JSON = encodeURIComponent(JSON.stringify(ARM)).replaceAll("%20", "+");
const LIST = { chunks: ["[]"] };
const OBJECT = { chunks: ["{}"] };

const SENT: readonly [verb: (client: Client) => Promise<unknown>, reply: Reply, sent: string][] = [
  [(c) => c.imageList(), LIST, "GET /v1.55/images/json"],
  [
    (c) => c.imageList({ all: true, sharedSize: true, manifests: true, identity: true }),
    LIST,
    "GET /v1.55/images/json?all=1&shared-size=1&manifests=1&identity=1",
  ],
  [(c) => c.imageList({ all: false, filters: {} }), LIST, "GET /v1.55/images/json"],
  [
    (c) => c.imageList({ filters: { dangling: false, label: ["a", "b=c"], reference: "x*", until: new Date(1500) } }),
    LIST,
    `GET /v1.55/images/json?filters=${new URLSearchParams([["", '{"dangling":["false"],"label":["a","b=c"],"reference":["x*"],"until":["1.500"]}']]).toString().slice(1)}`,
  ],
  [(c) => c.imageInspect("localhost:5000/a/b:1"), OBJECT, "GET /v1.55/images/localhost%3A5000/a/b%3A1/json"],
  [(c) => c.imageInspect("a?b#c%2F", { platform: ARM }), OBJECT, `GET /v1.55/images/a%3Fb%23c%252F/json?platform=${ARM_JSON}`],
  [(c) => c.imageInspect("a", { manifests: true }), OBJECT, "GET /v1.55/images/a/json?manifests=1"],
  [(c) => c.imageHistory("a", { platform: ARM }), LIST, `GET /v1.55/images/a/history?platform=${ARM_JSON}`],
  [
    (c) =>
      c.imageCommit("c1", { repo: "a/b", tag: "1", comment: "x y", pause: false, changes: ["ENV A=1", "USER b"], config: { Tty: true } }),
    OBJECT,
    "POST /v1.55/commit?container=c1&repo=a%2Fb&tag=1&comment=x+y&pause=0&changes=ENV+A%3D1&changes=USER+b",
  ],
  [(c) => c.imageCommit("c1"), OBJECT, "POST /v1.55/commit?container=c1"],
  [(c) => c.imageTag("a", { repo: "b/c", tag: "1" }), { status: 201 }, "POST /v1.55/images/a/tag?repo=b%2Fc&tag=1"],
  [
    (c) => c.imageDelete("a", { force: true, noprune: true, platforms: [ARM, ARM] }),
    LIST,
    `DELETE /v1.55/images/a?force=1&noprune=1&platforms=${ARM_JSON}&platforms=${ARM_JSON}`,
  ],
  [
    (c) => c.imagePrune({ filters: { "label!": "keep", until: "24h" } }),
    OBJECT,
    "POST /v1.55/images/prune?filters=%7B%22label%21%22%3A%5B%22keep%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D",
  ],
  [(c) => readAll(c.imageGet("a", { platforms: [ARM] })), ARCHIVE, `GET /v1.55/images/a/get?platform=${ARM_JSON}`],
  [(c) => readAll(c.imageGetAll(["a", "b:1"])), ARCHIVE, "GET /v1.55/images/get?names=a&names=b%3A1"],
  [(c) => resultOf(c.imageLoad(bytesOf([]))), {}, "POST /v1.55/images/load"],
  [
    (c) => resultOf(c.imageLoad(bytesOf([]), { quiet: false, platforms: [ARM] })),
    {},
    `POST /v1.55/images/load?quiet=0&platform=${ARM_JSON}`,
  ],
  [
    (c) => resultOf(c.imageCreate({ fromImage: "a/b", tag: "1", platform: "linux/arm64" })),
    {},
    "POST /v1.55/images/create?fromImage=a%2Fb&tag=1&platform=linux%2Farm64",
  ],
  [
    (c) => resultOf(c.imageCreate({ from: bytesOf([]), repo: "a", tag: "1", message: "m", changes: ["CMD a", "ENV b=c"] })),
    {},
    "POST /v1.55/images/create?fromSrc=-&repo=a&tag=1&message=m&changes=CMD+a&changes=ENV+b%3Dc",
  ],
  [
    (c) => resultOf(c.imageCreate({ from: "https://example.com/r.tar" })),
    {},
    "POST /v1.55/images/create?fromSrc=https%3A%2F%2Fexample.com%2Fr.tar",
  ],
  [(c) => resultOf(c.imageBuild({ context: new Uint8Array() })), {}, "POST /v1.55/build"],
  [
    (c) => resultOf(c.imageBuild({ remote: "r", dockerfile: "d", tags: ["a:1", "b"], noCache: true, pull: true, squash: true })),
    {},
    "POST /v1.55/build?dockerfile=d&remote=r&t=a%3A1&t=b&nocache=1&pull=1&squash=1",
  ],
  [
    (c) => resultOf(c.imageBuild({ buildArgs: { a: null }, labels: { b: "c" }, cacheFrom: ["d"], target: "e", platform: "linux/arm64" })),
    {},
    "POST /v1.55/build?buildargs=%7B%22a%22%3Anull%7D&labels=%7B%22b%22%3A%22c%22%7D&target=e&platform=linux%2Farm64&cachefrom=%5B%22d%22%5D",
  ],
  [
    (c) => resultOf(c.imageBuild({ network: "none", extraHosts: { a: "::1" }, limits: { memory: 1, memorySwap: -1, shmSize: 2 } })),
    {},
    "POST /v1.55/build?networkmode=none&extrahosts=a%3A%3A%3A1&memory=1&memswap=-1&shmsize=2",
  ],
  [
    (c) => resultOf(c.imageBuild({ limits: { cpuQuota: 5, cpusetCpus: "0-1", ulimits: [{ name: "nofile", soft: 1, hard: 2 }] } })),
    {},
    "POST /v1.55/build?cpuquota=5&cpusetcpus=0-1&ulimits=%5B%7B%22Name%22%3A%22nofile%22%2C%22Soft%22%3A1%2C%22Hard%22%3A2%7D%5D",
  ],
  [
    (c) => readAll(c.imageBuildArchive({ remote: "r", output: "tar" })),
    ARCHIVE,
    "POST /v1.55/build?remote=r&outputs=%5B%7B%22Type%22%3A%22tar%22%2C%22Attrs%22%3A%7B%7D%7D%5D",
  ],
  [
    (c) => c.imageBuildPrune({ all: true, filters: { type: "regular" }, reservedSpace: 1, maxUsedSpace: 2, minFreeSpace: 3 }),
    OBJECT,
    "POST /v1.55/build/prune?all=1&filters=%7B%22type%22%3A%5B%22regular%22%5D%7D&keep-storage=1&max-used-space=2&min-free-space=3",
  ],
  [
    (c) => c.imageAttestations("a", { types: ["t", "u"], statement: true }),
    LIST,
    "GET /v1.55/images/a/attestations?type=t&type=u&statement=1",
  ],
  [
    (c) => c.events({ since: new Date(2000), until: "3", filters: { type: "image" } }).then((s) => s[Symbol.asyncDispose]()),
    {},
    "GET /v1.55/events?since=2.000&until=3&filters=%7B%22type%22%3A%5B%22image%22%5D%7D",
  ],
  [
    (c) => c.systemDf({ types: ["image", "build-cache"], verbose: true }),
    OBJECT,
    "GET /v1.55/system/df?type=image&type=build-cache&verbose=1",
  ],
  [(c) => c.version(), OBJECT, "GET /v1.55/version"],
  [(c) => c.info(), OBJECT, "GET /v1.55/info"],
  [(c) => c.ping(), {}, "HEAD /_ping"],
];

for (const [verb, reply, sent] of SENT) {
  test(`sends ${decodeURIComponent(sent)}`, async () => {
    const { method, target } = await ask(verb, { reply });
    assert.equal(`${method} ${target}`, sent);
  });
}

const REFUSED: readonly [apiVersion: string, verb: (client: Client) => Promise<unknown>, message: string][] = [
  ["1.41", (c) => c.imageList({ sharedSize: true }), 'cannot send "shared-size" of imageList: it needs API version 1.42, spoken is 1.41'],
  [
    "1.43",
    (c) => c.imageList({ filters: { until: "1h" } }),
    'cannot send filter "until" of imageList: it needs API version 1.44, spoken is 1.43',
  ],
  ["1.46", (c) => c.imageList({ manifests: true }), 'cannot send "manifests" of imageList: it needs API version 1.47, spoken is 1.46'],
  ["1.53", (c) => c.imageList({ identity: true }), 'cannot send "identity" of imageList: it needs API version 1.54, spoken is 1.53'],
  [
    "1.47",
    (c) => c.imageInspect("a", { manifests: true }),
    'cannot send "manifests" of imageInspect: it needs API version 1.48, spoken is 1.47',
  ],
  [
    "1.48",
    (c) => c.imageInspect("a", { platform: ARM }),
    'cannot send "platform" of imageInspect: it needs API version 1.49, spoken is 1.48',
  ],
  [
    "1.47",
    (c) => c.imageHistory("a", { platform: ARM }),
    'cannot send "platform" of imageHistory: it needs API version 1.48, spoken is 1.47',
  ],
  [
    "1.49",
    (c) => c.imageDelete("a", { platforms: [ARM] }),
    'cannot send "platforms" of imageDelete: it needs API version 1.50, spoken is 1.49',
  ],
  ["1.24", (c) => c.imagePrune(), "cannot send imagePrune: it needs API version 1.25, spoken is 1.24"],
  [
    "1.28",
    (c) => c.imagePrune({ filters: { label: "a" } }),
    'cannot send filter "label" of imagePrune: it needs API version 1.29, spoken is 1.28',
  ],
  [
    "1.51",
    (c) => c.imageGet("a", { platforms: [ARM, ARM] }),
    'cannot send several of "platform" of imageGet: it needs API version 1.52, spoken is 1.51',
  ],
  [
    "1.47",
    (c) => resultOf(c.imageLoad(bytesOf([]), { platforms: [ARM] })),
    'cannot send "platform" of imageLoad: it needs API version 1.48, spoken is 1.47',
  ],
  [
    "1.31",
    (c) => resultOf(c.imageCreate({ fromImage: "a", platform: "arm64" })),
    'cannot send "platform" of imageCreate: it needs API version 1.32, spoken is 1.31',
  ],
  [
    "1.24",
    (c) => resultOf(c.imageBuild({ squash: true })),
    'cannot send "squash" of imageBuild: it needs API version 1.25, spoken is 1.24',
  ],
  ["1.30", (c) => c.imageBuildPrune(), "cannot send imageBuildPrune: it needs API version 1.31, spoken is 1.30"],
  [
    "1.38",
    (c) => c.imageBuildPrune({ filters: { id: "a" } }),
    'cannot send filter "id" of imageBuildPrune: it needs API version 1.39, spoken is 1.38',
  ],
  ["1.54", (c) => c.imageAttestations("a"), "cannot send imageAttestations: it needs API version 1.55, spoken is 1.54"],
  ["1.41", (c) => c.systemDf({ types: ["image"] }), 'cannot send "type" of systemDf: it needs API version 1.42, spoken is 1.41'],
  ["1.51", (c) => c.systemDf({ verbose: true }), 'cannot send "verbose" of systemDf: it needs API version 1.52, spoken is 1.51'],
];

for (const [apiVersion, verb, message] of REFUSED) {
  test(`refuses before it sends: ${message}`, async () => {
    const transport = new StandIn();
    const client = await Client.open(transport, { apiVersion });
    await assert.rejects(verb(client), { kind: "not-implemented", message });
    assert.deepEqual(transport.requests, []);
  });
}

test("a name that would leave its place in the path is no name", async () => {
  const transport = new StandIn(OBJECT);
  const client = await Client.open(transport, { apiVersion: "1.51" });
  for (const name of ["", "a//b", "../info", "a/./b", "a/", "/a", ".."]) {
    await assert.rejects(client.imageInspect(name), { kind: "invalid-argument", message: "invalid reference format" });
  }
  assert.deepEqual(transport.requests, []);
});

const NEGOTIATED: readonly [offered: string | undefined, spoken: string][] = [
  ["1.51", "1.51"],
  ["1.55", "1.55"],
  ["1.99", "1.55"],
  ["2.0", "1.55"],
  ["1.24", "1.24"],
  [undefined, "1.24"],
  ["what?", "1.24"],
];

for (const [offered, spoken] of NEGOTIATED) {
  test(`speaks ${spoken} with an engine that offers ${offered ?? "nothing"}`, async () => {
    const transport = new StandIn({ headers: offered === undefined ? {} : { "api-version": offered } });
    assert.equal((await Client.open(transport)).apiVersion, spoken);
    assert.deepEqual(
      transport.requests.map(({ method, target }) => `${method} ${target}`),
      ["HEAD /_ping"],
    );
  });
}

test("an engine that is too old is refused, and the transport given back", async () => {
  const transport = new StandIn({ headers: { "api-version": "1.9" } });
  const message = "cannot speak with the engine at stand-in: it offers API version 1.9, expected at least 1.24";
  await assert.rejects(Client.open(transport), { kind: "not-implemented", message });
  assert.ok(transport.isDisposed);
});

test("a fixed version is spoken without asking, if it is one of ours", async () => {
  const transport = new StandIn();
  assert.equal((await Client.open(transport, { apiVersion: "1.30" })).apiVersion, "1.30");
  assert.deepEqual(transport.requests, []);
  for (const apiVersion of ["1.23", "1.56", "latest", "", "1", "v1.30"]) {
    await assert.rejects(Client.open(new StandIn(), { apiVersion }), { kind: "invalid-argument" });
  }
});

test("pings with GET where HEAD is not known", async () => {
  const transport = new StandIn(({ method }) =>
    method === "HEAD" ? { status: 404 } : { headers: { "api-version": "1.40", ostype: "linux" }, chunks: ["OK"] },
  );
  const client = await Client.open(transport);
  assert.equal(client.apiVersion, "1.40");
  assert.deepEqual(await client.ping(), {
    apiVersion: "1.40",
    osType: "linux",
    experimental: false,
    builderVersion: undefined,
    swarm: undefined,
  });
  assert.equal(transport.open, 0);
});
