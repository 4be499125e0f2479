import assert from "node:assert/strict";
import { test } from "node:test";
import { isEngineError } from "#errors";
import { Client, resultOf } from "./index.ts";
import type { HttpRequest, HttpResponse, Transport } from "./index.ts";

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly (string | Uint8Array)[];
}

/** An engine that gives the same answer to everything, and remembers what it was asked. */
class StandIn implements Transport {
  readonly address = "stand-in";
  readonly requests: HttpRequest[] = [];
  open = 0;
  isDisposed = false;
  readonly #reply: (request: HttpRequest) => Reply;

  constructor(reply: Reply | ((request: HttpRequest) => Reply) = {}) {
    this.#reply = typeof reply === "function" ? reply : () => reply;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    const { status = 200, headers = {}, chunks = [] } = this.#reply(request);
    this.open += 1;
    let isOpen = true;
    const close = (): void => {
      if (isOpen) this.open -= 1;
      isOpen = false;
    };
    return { status, headers: new Map(Object.entries(headers)), body: bytesOf(chunks), close };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}

async function* bytesOf(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
}

async function ask(verb: (client: Client) => Promise<unknown>, { apiVersion = "1.55", reply = {} as Reply } = {}): Promise<HttpRequest> {
  const transport = new StandIn(reply);
  await verb(await Client.open(transport, { apiVersion }));
  assert.equal(transport.open, 0, "the answer was left open");
  const [request] = transport.requests;
  assert.ok(request !== undefined);
  return request;
}

const ARM = { os: "linux", architecture: "arm64" };
const ARM_JSON = encodeURIComponent(JSON.stringify(ARM)).replaceAll("%20", "+");
const LIST = { chunks: ["[]"] };
const OBJECT = { chunks: ["{}"] };
const ARCHIVE = { chunks: [new Uint8Array(1024)] };

async function readAll(stream: Promise<AsyncIterable<Uint8Array>>): Promise<number> {
  let size = 0;
  for await (const chunk of await stream) size += chunk.byteLength;
  return size;
}

const SENT: readonly [verb: (client: Client) => Promise<unknown>, reply: Reply, sent: string][] = [
  [(c) => c.imageList(), LIST, "GET /v1.55/images/json"],
  [(c) => c.imageList({ all: true, sharedSize: true, manifests: true, identity: true }), LIST, "GET /v1.55/images/json?all=1&shared-size=1&manifests=1&identity=1"],
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
  [(c) => c.imageTag("a", { repo: "b/c", tag: "1" }), { status: 201 }, "POST /v1.55/images/a/tag?repo=b%2Fc&tag=1"],
  [(c) => c.imageDelete("a", { force: true, noprune: true, platforms: [ARM, ARM] }), LIST, `DELETE /v1.55/images/a?force=1&noprune=1&platforms=${ARM_JSON}&platforms=${ARM_JSON}`],
  [(c) => c.imagePrune({ filters: { "label!": "keep", until: "24h" } }), OBJECT, "POST /v1.55/images/prune?filters=%7B%22label%21%22%3A%5B%22keep%22%5D%2C%22until%22%3A%5B%2224h%22%5D%7D"],
  [(c) => readAll(c.imageGet("a", { platforms: [ARM] })), ARCHIVE, `GET /v1.55/images/a/get?platform=${ARM_JSON}`],
  [(c) => readAll(c.imageGetAll(["a", "b:1"])), ARCHIVE, "GET /v1.55/images/get?names=a&names=b%3A1"],
  [(c) => resultOf(c.imageLoad(bytesOf([]))), {}, "POST /v1.55/images/load"],
  [(c) => resultOf(c.imageLoad(bytesOf([]), { quiet: false, platforms: [ARM] })), {}, `POST /v1.55/images/load?quiet=0&platform=${ARM_JSON}`],
  [(c) => resultOf(c.imageCreate({ fromImage: "a/b", tag: "1", platform: "linux/arm64" })), {}, "POST /v1.55/images/create?fromImage=a%2Fb&tag=1&platform=linux%2Farm64"],
  [
    (c) => resultOf(c.imageCreate({ from: bytesOf([]), repo: "a", tag: "1", message: "m", changes: ["CMD a", "ENV b=c"] })),
    {},
    "POST /v1.55/images/create?fromSrc=-&repo=a&tag=1&message=m&changes=CMD+a&changes=ENV+b%3Dc",
  ],
  [(c) => resultOf(c.imageCreate({ from: "https://example.com/r.tar" })), {}, "POST /v1.55/images/create?fromSrc=https%3A%2F%2Fexample.com%2Fr.tar"],
  [(c) => c.imageAttestations("a", { types: ["t", "u"], statement: true }), LIST, "GET /v1.55/images/a/attestations?type=t&type=u&statement=1"],
  [(c) => c.events({ since: new Date(2000), until: "3", filters: { type: "image" } }).then((s) => s[Symbol.asyncDispose]()), {}, "GET /v1.55/events?since=2.000&until=3&filters=%7B%22type%22%3A%5B%22image%22%5D%7D"],
  [(c) => c.systemDf({ types: ["image", "build-cache"], verbose: true }), OBJECT, "GET /v1.55/system/df?type=image&type=build-cache&verbose=1"],
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
  ["1.43", (c) => c.imageList({ filters: { until: "1h" } }), 'cannot send filter "until" of imageList: it needs API version 1.44, spoken is 1.43'],
  ["1.46", (c) => c.imageList({ manifests: true }), 'cannot send "manifests" of imageList: it needs API version 1.47, spoken is 1.46'],
  ["1.53", (c) => c.imageList({ identity: true }), 'cannot send "identity" of imageList: it needs API version 1.54, spoken is 1.53'],
  ["1.47", (c) => c.imageInspect("a", { manifests: true }), 'cannot send "manifests" of imageInspect: it needs API version 1.48, spoken is 1.47'],
  ["1.48", (c) => c.imageInspect("a", { platform: ARM }), 'cannot send "platform" of imageInspect: it needs API version 1.49, spoken is 1.48'],
  ["1.47", (c) => c.imageHistory("a", { platform: ARM }), 'cannot send "platform" of imageHistory: it needs API version 1.48, spoken is 1.47'],
  ["1.49", (c) => c.imageDelete("a", { platforms: [ARM] }), 'cannot send "platforms" of imageDelete: it needs API version 1.50, spoken is 1.49'],
  ["1.24", (c) => c.imagePrune(), "cannot send imagePrune: it needs API version 1.25, spoken is 1.24"],
  ["1.28", (c) => c.imagePrune({ filters: { label: "a" } }), 'cannot send filter "label" of imagePrune: it needs API version 1.29, spoken is 1.28'],
  ["1.51", (c) => c.imageGet("a", { platforms: [ARM, ARM] }), 'cannot send several of "platform" of imageGet: it needs API version 1.52, spoken is 1.51'],
  ["1.47", (c) => resultOf(c.imageLoad(bytesOf([]), { platforms: [ARM] })), 'cannot send "platform" of imageLoad: it needs API version 1.48, spoken is 1.47'],
  ["1.31", (c) => resultOf(c.imageCreate({ fromImage: "a", platform: "arm64" })), 'cannot send "platform" of imageCreate: it needs API version 1.32, spoken is 1.31'],
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
    assert.deepEqual(transport.requests.map(({ method, target }) => `${method} ${target}`), ["HEAD /_ping"]);
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
  const transport = new StandIn(({ method }) => (method === "HEAD" ? { status: 404 } : { headers: { "api-version": "1.40", ostype: "linux" }, chunks: ["OK"] }));
  const client = await Client.open(transport);
  assert.equal(client.apiVersion, "1.40");
  assert.deepEqual(await client.ping(), { apiVersion: "1.40", osType: "linux", experimental: false, builderVersion: undefined, swarm: undefined });
  assert.equal(transport.open, 0);
});

const FAILURES: readonly [status: number, body: string, kind: string, message: string][] = [
  [404, '{"message":"No such image: a:latest"}\n', "not-found", "No such image: a:latest"],
  [409, '{"message":"conflict: x"}\n', "conflict", "conflict: x"],
  [400, '{"message":"invalid filter"}\n', "invalid-argument", "invalid filter"],
  [401, '{"message":"m"}', "unauthorized", "m"],
  [403, '{"message":"m"}', "forbidden", "m"],
  [500, '{"message":"m"}', "internal", "m"],
  [501, '{"message":"m"}', "not-implemented", "m"],
  [503, '{"message":"m"}', "unavailable", "m"],
  [400, "client version 1.23 is too old\n", "invalid-argument", "client version 1.23 is too old"],
  [502, "<html>Bad Gateway</html>", "unavailable", "<html>Bad Gateway</html>"],
  [500, "", "internal", "the engine answered with status 500 and no message"],
  [500, '{"oops":1}', "internal", '{"oops":1}'],
  [301, "", "internal", "the engine answered with status 301 and no message"],
];

for (const [status, body, kind, message] of FAILURES) {
  test(`status ${status} with ${JSON.stringify(body)} is ${kind}`, async () => {
    const transport = new StandIn({ status, chunks: [body] });
    const client = await Client.open(transport, { apiVersion: "1.51" });
    await assert.rejects(client.imageInspect("a"), (error) => {
      assert.ok(isEngineError(error));
      assert.deepEqual([error.kind, error.message, error.details?.["status"]], [kind, message, status]);
      return true;
    });
    assert.equal(transport.open, 0);
  });
}

test("an answer that is not the JSON it should be is data loss", async () => {
  for (const chunks of [["[]"], ["null"], ["{"], [""], ['"x"']]) {
    await assert.rejects(ask((client) => client.info(), { reply: { chunks } }), { kind: "data-loss" });
  }
});

const LINES = '{"status":"Pulling from library/x","id":"v1"}\r\n{"status":"Waiting","progressDetail":{},"id":"ä€😀"}\r\n{"status":"Digest: sha256:ab"}\r\n';

test("progress is whole wherever the stream is cut into chunks", async () => {
  const bytes = new TextEncoder().encode(LINES);
  for (let at = 0; at <= bytes.byteLength; at += 1) {
    const client = await Client.open(new StandIn({ chunks: [bytes.slice(0, at), bytes.slice(at)] }), { apiVersion: "1.51" });
    const lines: unknown[] = [];
    for await (const line of client.imageCreate({ fromImage: "x" })) lines.push(line);
    assert.deepEqual(lines, LINES.trim().split("\r\n").map((line) => JSON.parse(line)));
  }
});

test("progress throws what the engine reports after it began, and keeps what came before", async () => {
  const bad: readonly [string, object][] = [
    ['{"errorDetail":{"message":"E"},"error":"E"}\r\n', { status: 200 }],
    ['{"errorDetail":{"code":7,"message":"E"},"error":"E"}\r\n', { status: 200, code: 7 }],
    ['{"error":"E"}\r\n', { status: 200 }],
    ['{"error":"E"}', { status: 200 }],
  ];
  for (const [line, details] of bad) {
    const transport = new StandIn({ chunks: ['{"stream":"Loaded image: a:1\\n"}\r\n', line] });
    const client = await Client.open(transport, { apiVersion: "1.51" });
    const progress = client.imageLoad(bytesOf([]));
    assert.deepEqual((await progress.next()).value, { stream: "Loaded image: a:1\n" });
    await assert.rejects(progress.next(), { kind: "internal", message: "E", details });
    assert.equal(transport.open, 0);
  }
});

test("leaving progress early closes the answer", async () => {
  const transport = new StandIn({ chunks: [LINES] });
  const client = await Client.open(transport, { apiVersion: "1.51" });
  for await (const line of client.imageCreate({ fromImage: "x" })) {
    assert.equal(line.id, "v1");
    break;
  }
  assert.equal(transport.open, 0);
});

test("a stream that nobody reads is closed by its disposal", async () => {
  const transport = new StandIn(ARCHIVE);
  const client = await Client.open(transport, { apiVersion: "1.51" });
  {
    await using stream = await client.imageGet("a");
    assert.ok(stream);
    await using happenings = await client.events();
    assert.ok(happenings);
    assert.equal(transport.open, 2);
  }
  assert.equal(transport.open, 0);
});

test("imageLoad tells what was loaded", async () => {
  const chunks = [
    '{"stream":"The image a:1 already exists, renaming the old one with ID sha256:00 to empty string\\n"}\r\n',
    '{"stream":"Loaded image: a:1\\n"}\r\n{"stream":"Loaded image: localhost:5000/b/c:2\\n"}\r\n',
    '{"stream":"Loaded image ID: sha256:11\\nLoaded image ID: sha256:22\\n"}\r\n',
  ];
  const client = await Client.open(new StandIn({ chunks }), { apiVersion: "1.51" });
  const loaded = await resultOf(client.imageLoad(bytesOf([])));
  assert.deepEqual(loaded, { names: ["a:1", "localhost:5000/b/c:2"], ids: ["sha256:11", "sha256:22"] });
});

test("imageCreate tells the ID of an import and the digests of a pull", async () => {
  const id = `sha256:${"0f".repeat(32)}`;
  const importing = await Client.open(new StandIn({ chunks: [`{"status":"Importing","progressDetail":{}}\r\n{"status":"${id}"}\r\n`] }), { apiVersion: "1.51" });
  assert.deepEqual(await resultOf(importing.imageCreate({ from: bytesOf([]) })), { id });
  const pulling = await Client.open(new StandIn({ chunks: [LINES] }), { apiVersion: "1.51" });
  assert.deepEqual(await resultOf(pulling.imageCreate({ fromImage: "x" })), { digests: ["sha256:ab"] });
});

test("credentials go out as base64url of Docker's JSON, padded", async () => {
  const cases = [
    [undefined, {}],
    [{ username: "ä?>", password: "~~~", serverAddress: "r:5000" }, { username: "ä?>", password: "~~~", serveraddress: "r:5000" }],
    [{ identityToken: "t" }, { identitytoken: "t" }],
    [{ registryToken: "t" }, { registrytoken: "t" }],
  ] as const;
  for (const [credentials, expected] of cases) {
    const { headers } = await ask((client) => resultOf(client.imageCreate({ fromImage: "x", ...(credentials && { credentials }) })));
    const value = headers?.["X-Registry-Auth"] ?? "";
    assert.match(value, /^[A-Za-z0-9_-]+={0,2}$/);
    assert.equal(value.length % 4, 0);
    assert.deepEqual(JSON.parse(Buffer.from(value, "base64url").toString()), expected);
  }
});

test("a saved archive that does not end like a tar throws what the engine said, wherever it is cut", async () => {
  const error = '{"errorDetail":{"message":"no space left"},"error":"no space left"}\r\n';
  const bytes = new Uint8Array([...new Uint8Array(700).fill(7), ...new TextEncoder().encode(error)]);
  for (let at = 0; at <= bytes.byteLength; at += 1) {
    const client = await Client.open(new StandIn({ chunks: [bytes.slice(0, at), bytes.slice(at)] }), { apiVersion: "1.51" });
    await assert.rejects(readAll(client.imageGet("a")), { kind: "internal", message: "no space left" });
  }
  const cut = await Client.open(new StandIn({ chunks: [new Uint8Array(3000).fill(7), new Uint8Array(1023)] }), { apiVersion: "1.51" });
  await assert.rejects(readAll(cut.imageGet("a")), { kind: "data-loss" });
  const whole = await Client.open(new StandIn({ chunks: [new Uint8Array(30_000).fill(7), new Uint8Array(1000), new Uint8Array(24)] }), { apiVersion: "1.51" });
  assert.equal(await readAll(whole.imageGet("a")), 31_024);
});

test("events are decoded as they come, also as a sequence of records", async () => {
  const event = '{"Type":"image","Action":"tag"}';
  for (const text of [`${event}\n${event}\n`, `${event}${event}`, `\u001e${event}\n\u001e${event}\n`]) {
    const client = await Client.open(new StandIn({ chunks: [text] }), { apiVersion: "1.51" });
    const actions: string[] = [];
    for await (const { Action } of await client.events()) actions.push(Action);
    assert.deepEqual(actions, ["tag", "tag"]);
  }
});
