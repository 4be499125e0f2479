import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { open, serve } from "../../../../test/sdk/stand-in-server.ts";
import { resultOf } from "../index.ts";

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* repeat(count: number, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield new Uint8Array(size).fill(index);
}

const LOADED = '{"stream":"Loaded image: a:1\\n"}\r\n';

test("connections are kept: many calls in turn use one", async () => {
  await using engine = await serve((_, response) => void response.end("[]"));
  await using client = await open(engine);
  for (let call = 0; call < 5; call += 1) await client.imageList();
  assert.equal(engine.connections, 1);
});

test("a kept connection that the engine has closed costs a read nothing", async () => {
  let calls = 0;
  await using engine = await serve((request, response) => {
    calls += 1;
    // The second request on the connection is answered with its end.
    if (calls === 2) request.socket.destroy();
    else response.end("[]");
  });
  await using client = await open(engine);
  await client.imageList();
  assert.deepEqual(await client.imageList(), []);
  assert.equal(engine.connections, 2);
});

test("a request that may not happen twice is not sent twice", async () => {
  let calls = 0;
  await using engine = await serve((request, response) => {
    calls += 1;
    if (calls === 2) request.socket.destroy();
    else response.end("[]");
  });
  await using client = await open(engine);
  await client.imageList();
  await assert.rejects(client.imageDelete("a"), { kind: "unavailable" });
  assert.equal(calls, 2);
});

test("a body goes out whole while progress comes in", async () => {
  const { promise: first, resolve: firstIsRead } = Promise.withResolvers<void>();
  let received = 0;
  await using engine = await serve(async (request, response) => {
    response.write('{"status":"Loading layer"}\r\n');
    received = (await readBody(request)).byteLength;
    response.end(LOADED);
  });
  await using client = await open(engine);
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1000);
    await first;
    yield* repeat(20);
  }
  const progress = client.imageLoad(archive());
  assert.deepEqual((await progress.next()).value, { status: "Loading layer" });
  firstIsRead();
  assert.deepEqual(await resultOf(progress), { names: ["a:1"], ids: [] });
  assert.equal(received, 1000 + 20 * 64 * 1024);
});

test("a slow engine slows the body down", async () => {
  let produced = 0;
  const { promise: mayRead, resolve: read } = Promise.withResolvers<void>();
  await using engine = await serve(async (request, response) => {
    await mayRead;
    await readBody(request);
    response.end(LOADED);
  });
  await using client = await open(engine);
  async function* archive(): AsyncGenerator<Uint8Array> {
    for await (const chunk of repeat(1000)) {
      produced += 1;
      yield chunk;
    }
  }
  const result = resultOf(client.imageLoad(archive()));
  const before = await settled(() => produced);
  read();
  await result;
  assert.ok(before > 0 && before < 100, `${before} chunks of 64 KiB were taken although nobody read them`);
  assert.equal(produced, 1000);
});

test("a slow reader slows the engine down", async () => {
  let written = 0;
  await using engine = await serve(async (_, response) => {
    for (; written < 1000; written += 1) if (!response.write(Buffer.alloc(64 * 1024))) await once(response, "drain");
    response.end();
  });
  await using client = await open(engine);
  let size = 0;
  for await (const chunk of await client.imageGet("a")) {
    if (size === 0) {
      const before = await settled(() => written);
      assert.ok(before < 100, `${before} chunks of 64 KiB were sent although nobody read them`);
    }
    size += chunk.byteLength;
  }
  assert.equal(size, 1000 * 64 * 1024);
});

test("an error that comes before the body is read ends the sending", async () => {
  await using engine = await serve((_, response) => {
    response.writeHead(400, { "Content-Type": "application/json" }).end('{"message":"invalid platform"}\n');
  });
  await using client = await open(engine);
  const { promise: returned, resolve: giveBack } = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(64 * 1024);
    } finally {
      giveBack();
    }
  }
  await assert.rejects(resultOf(client.imageLoad(endless())), { kind: "invalid-argument", message: "invalid platform" });
  await returned;
});

test("what the body throws is what the call throws, before and within the answer", async () => {
  for (const isEarly of [true, false]) {
    await using engine = await serve((request, response) => {
      request.on("error", () => {});
      if (!isEarly) response.write('{"status":"Loading layer"}\r\n');
      request.resume();
    });
    await using client = await open(engine);
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const failure = new Error("the disk is gone");
    async function* archive(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      if (!isEarly) await begun;
      throw failure;
    }
    const progress = client.imageLoad(archive());
    if (!isEarly) await progress.next();
    begin();
    await assert.rejects(progress.next(), (error) => error === failure);
  }
});

/** The value once it no longer changes from turn to turn of the event loop. */
async function settled(value: () => number): Promise<number> {
  for (let last = value(), quiet = 0; ;) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = value() === last && last > 0 ? quiet + 1 : 0;
    last = value();
    if (quiet === 100) return last;
  }
}
