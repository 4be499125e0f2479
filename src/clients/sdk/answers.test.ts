import assert from "node:assert/strict";
import { test } from "node:test";
import { isEngineError } from "#errors";
import { ARCHIVE, ask, bytesOf, readAll, StandIn } from "../../../test/sdk/stand-in.ts";
import { Client, resultOf } from "./index.ts";

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
    await assert.rejects(
      ask((client) => client.info(), { reply: { chunks } }),
      { kind: "data-loss" },
    );
  }
});

const LINES =
  '{"status":"Pulling from library/x","id":"v1"}\r\n{"status":"Waiting","progressDetail":{},"id":"ä€😀"}\r\n{"status":"Digest: sha256:ab"}\r\n';

test("progress is whole wherever the stream is cut into chunks", async () => {
  const bytes = new TextEncoder().encode(LINES);
  for (let at = 0; at <= bytes.byteLength; at += 1) {
    const client = await Client.open(new StandIn({ chunks: [bytes.slice(0, at), bytes.slice(at)] }), { apiVersion: "1.51" });
    const lines: unknown[] = [];
    for await (const line of client.imageCreate({ fromImage: "x" })) lines.push(line);
    assert.deepEqual(
      lines,
      LINES.trim()
        .split("\r\n")
        .map((line): unknown => JSON.parse(line)),
    );
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
  const importing = await Client.open(new StandIn({ chunks: [`{"status":"Importing","progressDetail":{}}\r\n{"status":"${id}"}\r\n`] }), {
    apiVersion: "1.51",
  });
  assert.deepEqual(await resultOf(importing.imageCreate({ from: bytesOf([]) })), { id });
  const pulling = await Client.open(new StandIn({ chunks: [LINES] }), { apiVersion: "1.51" });
  assert.deepEqual(await resultOf(pulling.imageCreate({ fromImage: "x" })), { digests: ["sha256:ab"] });
});

test("credentials go out as base64url of Docker's JSON, padded", async () => {
  const cases = [
    [undefined, {}],
    [
      { username: "ä?>", password: "~~~", serverAddress: "r:5000" },
      { username: "ä?>", password: "~~~", serveraddress: "r:5000" },
    ],
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
  const whole = await Client.open(new StandIn({ chunks: [new Uint8Array(30_000).fill(7), new Uint8Array(1000), new Uint8Array(24)] }), {
    apiVersion: "1.51",
  });
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
