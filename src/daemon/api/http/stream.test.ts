import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { conflict, notFound } from "#errors";
import { EventJournal } from "#events";
import type { Cancellable, ImportEvent, LoadEvent, LoadRequest } from "#images";
import { digestOf } from "#oci";
import { serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";

const ID = digestOf("image");
const TAR = { headers: { "Content-Type": "application/x-tar" } };

async function* of<T>(...items: readonly (T | Error)[]): AsyncGenerator<T> {
  for (const item of items) {
    if (item instanceof Error) throw item;
    yield item;
  }
}

test("a failure before the first message is an HTTP error, one after it the last message", async () => {
  const cases = [
    [[notFound("No such image: x:latest")], 404, '{"message":"No such image: x:latest"}\n'],
    [[{ type: "done", id: ID }], 200, `{"status":"${ID}"}\r\n`],
    [
      [{ type: "done", id: ID }, conflict("a <b>")],
      200,
      `{"status":"${ID}"}\r\n{"errorDetail":{"message":"a \\u003cb\\u003e"},"error":"a \\u003cb\\u003e"}\r\n`,
    ],
  ] as const;
  for (const [events, status, text] of cases) {
    await using api = await serveApi(stubEngine({ import: () => of<ImportEvent>(...events) }));
    const reply = await api.ask("POST /images/create?fromSrc=-", { ...TAR, body: "x" });
    assert.deepEqual([reply.status, reply.text, reply.headers["content-type"]], [status, text, "application/json"]);
  }
});

test("load tells every failure in its stream, but wrong parameters before it", async () => {
  await using api = await serveApi(stubEngine({ load: () => of<LoadEvent>(conflict("no")) }));
  const failed = await api.ask("POST /images/load", { ...TAR, body: "x" });
  assert.deepEqual([failed.status, failed.text], [200, '{"errorDetail":{"message":"no"},"error":"no"}\r\n']);
  const wrong = await api.ask("POST /images/load?platform=zz", { ...TAR, body: "x" });
  assert.deepEqual(
    [wrong.status, wrong.text],
    [400, `{"message":"failed to parse platform: invalid character 'z' looking for beginning of value"}\n`],
  );
});

test("a bug is called one, and its details stay in the log", async () => {
  await using api = await serveApi(stubEngine({ inspect: () => Promise.reject(new TypeError("x is not a function")) }));
  const reply = await api.ask("GET /images/x/json");
  assert.equal(reply.status, 500);
  assert.doesNotMatch(reply.text, /not a function/);
  assert.match(api.logged.join("\n"), /api: bug.*x is not a function/);
});

test("an archive that fails in the middle is cut off, not ended", async () => {
  const seen = Promise.withResolvers<void>();
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(1000);
    await seen.promise;
    throw conflict("gone");
  }
  await using api = await serveApi(stubEngine({ save: () => Promise.resolve(archive()) }));
  const response = await api.open("GET /images/x/get");
  assert.deepEqual([response.statusCode, response.headers["content-type"]], [200, "application/x-tar"]);
  seen.resolve();
  await assert.rejects(async () => {
    for await (const _ of response);
  }, /aborted/);
});

test("an archive that cannot begin is an HTTP error", async () => {
  await using api = await serveApi(stubEngine({ save: () => Promise.resolve(of<Uint8Array>(conflict("gone"))) }));
  const reply = await api.ask("GET /images/x/get");
  assert.deepEqual([reply.status, reply.text], [409, '{"message":"gone"}\n']);
});

test("a slow reader holds the producer, which sees it go away", async () => {
  let produced = 0;
  const cleanedUp = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        produced += 1;
        yield Buffer.alloc(64 * 1024);
      }
    } finally {
      cleanedUp.resolve();
    }
  }
  await using api = await serveApi(stubEngine({ save: () => Promise.resolve(endless()) }));
  const response = await api.open("GET /images/get?names=a&names=b");
  await once(response, "readable");
  await settled(() => produced);
  assert.ok(produced < 200, `${produced} chunks were made for a reader that reads none`);
  response.destroy();
  await cleanedUp.promise;
});

/** Resolves when a number has not changed for some turns of the event loop. */
async function settled(read: () => number): Promise<void> {
  for (let quiet = 0, last = read(); quiet < 200; quiet += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (read() !== last) quiet = 0;
    last = read();
  }
}

for (const framing of ["Content-Length: 100", "Expect: 100-continue\r\nTransfer-Encoding: chunked"]) {
  test(`a client that goes away during an upload with ${framing.split(":", 1)[0]} cancels what it asked for`, async () => {
    const begun = Promise.withResolvers<AbortSignal | undefined>();
    const ended = Promise.withResolvers<unknown>();
    async function* load({ archive }: LoadRequest, { signal }: Cancellable = {}): AsyncGenerator<LoadEvent> {
      begun.resolve(signal);
      try {
        for await (const _ of archive);
        yield { type: "done", images: [] };
      } catch (error) {
        ended.resolve(error);
        throw error;
      }
    }
    await using api = await serveApi(stubEngine({ load }));
    const socket = await api.connect();
    socket.on("error", () => undefined);
    socket.write(`POST /images/load HTTP/1.1\r\nHost: d\r\n${framing}\r\n\r\n`);
    const signal = await begun.promise;
    socket.destroy();
    assert.match(String(await ended.promise), /unexpected EOF/);
    if (signal?.aborted === false) await once(signal, "abort");
    assert.deepEqual([signal?.aborted, api.logged], [true, []]);
  });
}

test("a load that fails at its first bytes still tells why, to a client that goes on sending", async () => {
  async function* load({ archive }: LoadRequest): AsyncGenerator<LoadEvent> {
    for await (const _ of archive) throw conflict("not an archive");
    yield { type: "done", images: [] };
  }
  await using api = await serveApi(stubEngine({ load }));
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < 10; sent += 1) yield Buffer.alloc(64 * 1024);
  }
  const reply = await api.ask("POST /images/load", { ...TAR, body: body() });
  assert.equal(reply.text, '{"errorDetail":{"message":"not an archive"},"error":"not an archive"}\r\n');
});

test("each message is a write of its own, as soon as it is known", async () => {
  const more = Promise.withResolvers<void>();
  async function* load(): AsyncGenerator<LoadEvent> {
    yield { type: "image", id: ID, names: ["a:1"] };
    await more.promise;
    yield { type: "image", id: ID, names: [] };
    yield { type: "done", images: [ID, ID] };
  }
  await using api = await serveApi(stubEngine({ load }));
  const response = await api.open("POST /images/load", { ...TAR, body: "x" });
  const [first] = (await once(response, "data")) as [Buffer];
  assert.equal(String(first), '{"stream":"Loaded image: a:1\\n"}\r\n');
  more.resolve();
  const [second] = (await once(response, "data")) as [Buffer];
  assert.equal(String(second), `{"stream":"Loaded image ID: ${ID}\\n"}\r\n`);
});

test("layers are told unless quiet, with a drawn bar below 1.52", async () => {
  const layer: LoadEvent = { type: "layer", diffId: ID, current: 98, total: 98 };
  await using api = await serveApi(
    stubEngine({ load: () => of<LoadEvent>(layer, { type: "renamed", name: "a:1", from: ID }, { type: "done", images: [ID] }) }),
  );
  const renamed = `{"stream":"The image a:1 already exists, renaming the old one with ID ${ID} to empty string\\n"}\r\n`;
  const short = ID.slice(7, 19);
  const detail = '"progressDetail":{"current":98,"total":98}';
  const cases = [
    ["/v1.51/images/load", renamed],
    ["/v1.51/images/load?quiet=1", renamed],
    [
      "/v1.51/images/load?quiet=0",
      `{"status":"Loading layer",${detail},"progress":"[${"=".repeat(50)}\\u003e]      98B/98B","id":"${short}"}\r\n${renamed}`,
    ],
    ["/v1.52/images/load?quiet=0", `{"status":"Loading layer",${detail},"id":"${short}"}\r\n${renamed}`],
  ] as const;
  for (const [path, text] of cases) assert.equal((await api.ask(`POST ${path}`, { ...TAR, body: "x" })).text, text);
});

test("an archive of nothing is answered with an empty message", async () => {
  await using api = await serveApi(stubEngine({ load: () => of<LoadEvent>({ type: "done", images: [] }) }));
  assert.equal((await api.ask("POST /images/load", { ...TAR, body: "x" })).text, "{}\r\n");
});

test("events arrive live with status and type at once, and end when the daemon stops", async () => {
  const events = new EventJournal({ now: () => 1000 });
  const draining = new AbortController();
  await using api = await serveApi(stubEngine({}, { events }), { draining: draining.signal });
  const response = await api.open("GET /v1.51/events");
  assert.deepEqual([response.statusCode, response.headers["content-type"]], [200, "application/json"]);
  events.publish({ type: "image", action: "tag", actor: { id: ID, attributes: { name: "a:1" } } });
  const [line] = (await once(response, "data")) as [Buffer];
  assert.match(String(line), /^\{"status":"tag",.*"timeNano":1000000000\}\n$/);
  draining.abort();
  response.resume();
  await once(response, "end");
});

test("a client that is still sending when its answer is there is let finish, up to a limit", async () => {
  await using api = await serveApi(stubEngine(), { limits: { unreadBody: 100_000 } });
  const push = (length: number): string => `PUT /containers/x/archive HTTP/1.1\r\nHost: d\r\nContent-Length: ${length}\r\n\r\n`;
  const next = "GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
  const small = await api.raw(`${push(50_000)}${"a".repeat(50_000)}${next}`);
  assert.match(small, /^HTTP\/1\.1 404 [^]*HTTP\/1\.1 200 OK/);
  const large = await api.raw(`${push(1_000_000)}${"a".repeat(400_000)}`);
  assert.match(large, /^HTTP\/1\.1 404 [^]*\n$/);
});

test("a connection that is to be closed is, once the body was read", async () => {
  await using api = await serveApi(stubEngine({ load: () => of<LoadEvent>({ type: "done", images: [] }) }));
  const reply = await api.raw("POST /images/load HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  assert.match(reply, /^HTTP\/1\.1 200 OK[^]*\r\n\{\}\r\n\r\n0\r\n\r\n$/);
});
