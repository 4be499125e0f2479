import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Images } from "#images";
import { digestOf } from "#oci";
import { escaped, serveApi } from "../../../../test/api/serve-api.ts";
import { sampleDetail } from "../../../../test/api/sample-images.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";

const ID = digestOf("image");
const calls: [verb: string, ...args: unknown[]][] = [];

/** Says yes to everything and notes what it was asked. */
const RECORDING: Partial<Images> = {
  list: (request) => note("list", request).then(() => []),
  inspect: (name, request) => note("inspect", name, request).then(() => sampleDetail()),
  history: (name, request) => note("history", name, request).then(() => []),
  tag: (source, target) => note("tag", source, target),
  remove: (name, request) => note("remove", name, request).then(() => []),
  prune: (request) => note("prune", request).then(() => ({ removed: [], reclaimed: 0 })),
  save: async (request) => {
    await note("save", request);
    return (async function* () {})();
  },
  load: async function* (request) {
    await note("load", { ...request, archive: undefined });
    yield { type: "done", images: [ID] };
  },
  import: async function* ({ archive, ...request }) {
    const chunks: Uint8Array[] = [];
    if ("url" in archive) throw new Error("expected the body");
    for await (const chunk of archive) chunks.push(chunk);
    await note("import", request, Buffer.concat(chunks).toString());
    yield { type: "done", id: ID };
  },
  attestations: (name, request) => note("attestations", name, request).then(() => []),
};

async function note(...call: [string, ...unknown[]]): Promise<void> {
  calls.push(call);
}

const NOW = new Date("2026-11-21T12:00:00Z");
const api = await serveApi(stubEngine(RECORDING), { now: () => NOW });
after(() => api[Symbol.asyncDispose]());

const AMD64 = { os: "linux", architecture: "amd64" };
const P = `{"os":"linux","architecture":"amd64"}`;
const LIST = { all: false, filters: {}, sharedSize: false, manifests: false };
const REMOVE = { force: false, keepParents: false, platforms: [] };

/** What each request asks of the engine. */
const ASKED: readonly [line: string, verb: string, ...args: unknown[]][] = [
  ["GET /images/json", "list", LIST],
  ["GET /images/json?all=foo&shared-size=1&manifests=true", "list", { ...LIST, all: true, sharedSize: true, manifests: true }],
  ["GET /v1.46/images/json?all=off&shared-size=1&manifests=true", "list", { ...LIST, all: true, sharedSize: true }],
  ["GET /v1.41/images/json?all=0&shared-size=1", "list", LIST],
  ["GET /v1.40/images/json?filter=a*", "list", { ...LIST, filters: { references: ["a*"] } }],
  ["GET /v1.41/images/json?filter=a*", "list", LIST],
  ['GET /v1.24/images/json?filter=a*&filters={"reference":["b"]}', "list", { ...LIST, filters: { references: ["b"] } }],
  [
    'GET /images/json?filters={"dangling":["true"],"label":["a","b=c"],"label!":["d"]}',
    "list",
    { ...LIST, filters: { dangling: true, labels: ["a", "b=c"], notLabels: ["d"] } },
  ],
  [
    'GET /images/json?filters={"dangling":{"false":true},"label":{"a":true,"b":true}}',
    "list",
    { ...LIST, filters: { dangling: false, labels: ["a", "b"] } },
  ],
  [
    'GET /images/json?filters={"before":["a"],"since":["b"],"reference":["c","d"],"until":["1","60"]}',
    "list",
    { ...LIST, filters: { before: ["a"], since: ["b"], references: ["c", "d"], until: new Date(1000) } },
  ],
  [
    'GET /images/json?filters={"dangling":["0"],"until":["10m"]}',
    "list",
    { ...LIST, filters: { dangling: false, until: new Date("2026-11-21T11:50:00Z") } },
  ],
  ['GET /images/json?filters={"label":[]}', "list", LIST],
  ["GET /images/json?filters=null", "list", LIST],
  ["GET /images/my/img:1/json", "inspect", "my/img:1", { manifests: false }],
  ["GET /images/my%2Fimg:1/json?manifests=1", "inspect", "my/img:1", { manifests: true }],
  ["GET /v1.47/images/a/json?manifests=1&platform=zz", "inspect", "a", { manifests: false }],
  [`GET /v1.49/images/a/json?platform=${P}`, "inspect", "a", { manifests: false, platform: AMD64 }],
  [`GET /v1.48/images/a/json?manifests=1&platform=${P}`, "inspect", "a", { manifests: true }],
  ["GET /images/a@sha256:b/history", "history", "a@sha256:b", {}],
  [`GET /v1.48/images/a/history?platform=${P}`, "history", "a", { platform: AMD64 }],
  ["GET /v1.47/images/a/history?platform=zz", "history", "a", {}],
  ["POST /images/a/b/tag?repo=c&tag=d", "tag", "a/b", { repository: "c", tag: "d" }],
  ["POST /images/a/tag?repo=c:d&force=1", "tag", "a", { repository: "c:d" }],
  ["DELETE /images/json", "remove", "json", REMOVE],
  ["DELETE /images/a/b/json?force=1&noprune=true", "remove", "a/b/json", { ...REMOVE, force: true, keepParents: true }],
  [`DELETE /images/a?platforms=${P}&platforms=${P}`, "remove", "a", { ...REMOVE, platforms: [AMD64, AMD64] }],
  ["DELETE /v1.49/images/a?platforms=zz", "remove", "a", REMOVE],
  ["POST /images/prune", "prune", { filters: {} }],
  [
    'POST /images/prune?filters={"dangling":["false"],"until":["1"],"label!":["keep"]}',
    "prune",
    { filters: { dangling: false, until: new Date(1000), notLabels: ["keep"] } },
  ],
  ["GET /images/get?names=a&names=b:1", "save", { names: ["a", "b:1"] }],
  ["GET /images/a/b:1/get", "save", { names: ["a/b:1"] }],
  [`GET /images/get?names=a&platform=${P}&platform=${P}`, "save", { names: ["a"], platforms: [AMD64, AMD64] }],
  ["GET /v1.47/images/a/get?platform=zz", "save", { names: ["a"] }],
  [`POST /v1.51/images/load?platform=${P}`, "load", { archive: undefined, platforms: [AMD64] }],
  ["POST /images/load?platform=", "load", { archive: undefined }],
  ["POST /images/create?fromSrc=-", "import", { message: "Imported from -", changes: [] }, ""],
  [
    "POST /images/create?fromSrc=-&repo=a&tag=b&message=m&changes=CMD+x&changes=ENV+A=1&platform=arm64",
    "import",
    { message: "m", changes: ["CMD x", "ENV A=1"], repository: "a", tag: "b", platform: { os: "linux", architecture: "arm64" } },
    "",
  ],
  ["POST /v1.31/images/create?fromSrc=-&platform=a/b/c/d", "import", { message: "Imported from -", changes: [] }, ""],
  [
    `GET /images/a/attestations?type=x&type=y&statement=1&platform=${P}`,
    "attestations",
    "a",
    { types: ["x", "y"], statements: true, platform: AMD64 },
  ],
];

for (const [line, ...asked] of ASKED) {
  test(`${line} asks the engine for ${JSON.stringify(asked)}`, async () => {
    calls.length = 0;
    const { status } = await api.ask(escaped(line));
    assert.ok(status < 300, `status ${status}`);
    assert.deepEqual(calls, [asked]);
  });
}

const FORM = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };

test("a form in the body stands before the query", async () => {
  calls.length = 0;
  await api.ask("POST /images/a/tag?repo=query&tag=t", { headers: FORM, body: "repo=form" });
  assert.deepEqual(calls, [["tag", "a", { repository: "form", tag: "t" }]]);
});

test("an archive is not taken for a form, whatever curl calls it", async () => {
  calls.length = 0;
  const { status } = await api.ask("POST /images/create?fromSrc=-", { headers: FORM, body: "a;b=%zz" });
  assert.deepEqual([status, calls], [200, [["import", { message: "Imported from -", changes: [] }, "a;b=%zz"]]]);
});

test("a form beyond the limit is refused", async () => {
  await using small = await serveApi(stubEngine(), { limits: { formBody: 10 } });
  const { status, text } = await small.ask("POST /images/a/tag", { headers: FORM, body: "repo=0123456789" });
  assert.deepEqual([status, text], [400, '{"message":"http: request body too large"}\n']);
});

test("a second prune is refused while one runs, and welcome afterwards", async () => {
  const running = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const prune: Images["prune"] = async () => {
    running.resolve();
    await finish.promise;
    return { removed: [], reclaimed: 0 };
  };
  await using served = await serveApi(stubEngine({ prune }));
  const first = served.ask("POST /images/prune");
  await running.promise;
  const second = await served.ask("POST /images/prune");
  assert.deepEqual([second.status, second.text], [409, '{"message":"a prune operation is already running"}\n']);
  finish.resolve();
  assert.equal((await first).status, 200);
  assert.equal((await served.ask("POST /images/prune")).status, 200);
});

test("an import from a URL tells what it fetches, how far it is, and the image", async () => {
  const url = "http://user:secret@example.test/root.tar";
  const importing: Images["import"] = async function* ({ archive, message }) {
    assert.deepEqual([archive, message], [{ url }, "Imported from http://user:xxxxx@example.test/root.tar"]);
    yield { type: "progress", current: 2, total: 5 };
    yield { type: "progress", current: 4, total: 5 };
    yield { type: "progress", current: 5, total: 5 };
    yield { type: "done", id: ID };
  };
  await using served = await serveApi(stubEngine({ import: importing }));
  const { text } = await served.ask(`POST /v1.55/images/create?fromSrc=${url}`);
  assert.deepEqual(text.split("\r\n"), [
    '{"status":"Downloading from http://user:xxxxx@example.test/root.tar"}',
    '{"status":"Importing","progressDetail":{"current":2,"total":5}}',
    '{"status":"Importing","progressDetail":{"current":5,"total":5}}',
    `{"status":"${ID}"}`,
    "",
  ]);
});
