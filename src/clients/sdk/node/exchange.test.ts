import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isEngineError } from "#errors";
import { open, serve, serveBytes } from "../../../../test/sdk/stand-in-server.ts";
import { connect, resultOf } from "../index.ts";

const LOADED = '{"stream":"Loaded image: a:1\\n"}\r\n';

test("a signal ends a call wherever it is", async () => {
  const reached = Promise.withResolvers<void>();
  const hangUps: Promise<unknown>[] = [];
  await using engine = await serve((request, response) => {
    hangUps.push(once(response, "close"));
    if (request.url?.endsWith("/events") === true) response.write('{"Type":"image"}\n');
    reached.resolve();
  });
  await using client = await open(engine);

  await assert.rejects(client.imageList({ signal: AbortSignal.abort("before") }), isCancelled("before"));

  const waiting = new AbortController();
  const list = assert.rejects(client.imageList({ signal: waiting.signal }), isCancelled("waiting"));
  await reached.promise;
  waiting.abort("waiting");
  await list;

  const reading = new AbortController();
  const events = (await client.events({ signal: reading.signal }))[Symbol.asyncIterator]();
  assert.deepEqual((await events.next()).value, { Type: "image" });
  const next = assert.rejects(events.next(), isCancelled("reading"));
  reading.abort("reading");
  await next;
  await Promise.all(hangUps);
  assert.equal(hangUps.length, 2);
});

test("a signal that fires while the body is sent returns the body", async () => {
  await using engine = await serve((request) => void request.resume().on("error", () => {}));
  await using client = await open(engine);
  const controller = new AbortController();
  const { promise: returned, resolve: giveBack } = Promise.withResolvers<void>();
  async function* archive(): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = 0; ; chunk += 1) {
        if (chunk === 3) controller.abort();
        yield new Uint8Array(10);
      }
    } finally {
      giveBack();
    }
  }
  await assert.rejects(resultOf(client.imageLoad(archive(), { signal: controller.signal })), { kind: "cancelled" });
  await returned;
});

test("signals that outlive many calls gather no listeners", async () => {
  await using engine = await serve((_, response) => void response.end("[]"));
  await using client = await open(engine);
  const { signal } = new AbortController();
  let listeners = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => ((listeners += 1), add(...args)),
    removeEventListener: (...args: Parameters<typeof remove>) => ((listeners -= 1), remove(...args)),
  });
  for (let call = 0; call < 3; call += 1) await client.imageList({ signal });
  assert.equal(listeners, 0);
});

test("leaving a stream, or disposing it, hangs up", async () => {
  const hangUps: Promise<unknown>[] = [];
  await using engine = await serve((_, response) => {
    hangUps.push(once(response, "close"));
    response.write('{"Type":"image"}\n');
  });
  await using client = await open(engine);
  for await (const event of await client.events()) {
    assert.equal(event.Type, "image");
    break;
  }
  {
    await using unread = await client.events();
    assert.ok(unread);
  }
  const waiting = await client.events();
  const iterator = waiting[Symbol.asyncIterator]();
  await iterator.next();
  const pending = iterator.next();
  await waiting[Symbol.asyncDispose]();
  assert.equal((await pending).done, true);
  await Promise.all(hangUps);
  assert.equal(hangUps.length, 3);
});

test("closing the client ends what is still open, and refuses what comes after", async () => {
  await using engine = await serve((_, response) => void response.write('{"Type":"image"}\n'));
  const client = await open(engine);
  const events = (await client.events())[Symbol.asyncIterator]();
  await events.next();
  const next = assert.rejects(events.next(), { kind: "unavailable" });
  await client[Symbol.asyncDispose]();
  await next;
  await assert.rejects(client.imageList(), {
    kind: "unavailable",
    message: `cannot send to the engine at ${engine.host}: the client is closed`,
  });
});

const CUT = [
  ["before the answer", ""],
  ["within its head", "HTTP/1.1 200 OK\r\nContent-Le"],
  ["within a body of known length", 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status":"a"}\r\n'],
  ["within a chunk", 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"status":"a"}\r\n'],
  ["before the last chunk", 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"status":"a"}\r\n\r\n'],
  ["with nonsense", "SSH-2.0-OpenSSH_9.9\r\n"],
] as const;

for (const [where, bytes] of CUT) {
  test(`a connection that is cut ${where} is unavailable, never a short success`, async () => {
    for (const end of ["end", "destroy"] as const) {
      await using engine = await serveBytes((socket) => socket.write(bytes, () => socket[end]()));
      await using client = await open(engine);
      await assert.rejects(resultOf(client.imageCreate({ fromImage: "a" })), (error) => {
        assert.ok(isEngineError(error, "unavailable"));
        assert.match(error.message, /^lost the connection to the engine at unix:\/\/.+\/s: ./);
        return true;
      });
    }
  });
}

test("an engine that half-closes after its answer has answered", async () => {
  await using engine = await serveBytes((socket) => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[{"Id":"a"}]'));
  await using client = await open(engine);
  assert.deepEqual(await client.imageList(), [{ Id: "a" }]);
  assert.equal((await client.imageList()).length, 1);
});

test("progress is whole when every byte comes alone", async () => {
  const text = `{"status":"ä"}\r\n${LOADED}`;
  await using engine = await serveBytes((socket) => {
    socket.setNoDelay(true);
    void (async () => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (const byte of Buffer.from(text)) {
        socket.write(Buffer.concat([Buffer.from("1\r\n"), Buffer.of(byte), Buffer.from("\r\n")]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end("0\r\n\r\n");
    })();
  });
  await using client = await open(engine);
  const lines: unknown[] = [];
  for await (const line of client.imageCreate({ fromImage: "a" })) lines.push(line);
  assert.deepEqual(lines, [{ status: "ä" }, { stream: "Loaded image: a:1\n" }]);
});

test("an engine that is not there is named, with the reason", async () => {
  const folder = await mkdtemp(join(tmpdir(), "slipway-sdk-"));
  const host = `unix://${join(folder, "none")}`;
  const message = `cannot connect to the engine at ${host}: there is no such socket, is the engine running?`;
  await assert.rejects(connect({ host }), { kind: "unavailable", message });
  await rm(folder, { recursive: true });
});

test("a token goes out as a bearer, and never in the clear", async () => {
  const tokens: (string | undefined)[] = [];
  await using engine = await serve((request, response) => {
    tokens.push(request.headers.authorization);
    response.end("[]");
  });
  await using client = await connect({ host: engine.host, token: "t0ken" });
  await client.imageList();
  assert.deepEqual(tokens, ["Bearer t0ken", "Bearer t0ken"]);
  const message = "cannot send a token to example.com in the clear: expected https, a unix socket or a loopback address";
  await assert.rejects(connect({ host: "tcp://example.com:2375", token: "t0ken" }), { kind: "invalid-argument", message });
});

function isCancelled(reason: string): (error: unknown) => boolean {
  return (error) => isEngineError(error, "cancelled") && error.cause === reason;
}
