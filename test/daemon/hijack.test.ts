import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { hijacked, rawRefusal } from "../../src/daemon/api/http/answer.ts";
import type { Hijacked } from "../../src/daemon/api/http/answer.ts";
import type { RawConnection } from "../../src/daemon/api/http/raw-connection.ts";
import { sendAnswer } from "../../src/daemon/api/http/send-answer.ts";
import { openListeners } from "../../src/daemon/listen/index.ts";
import type { ListenConfig, Listeners, RequestListener } from "../../src/daemon/listen/index.ts";
import { createLogger } from "../../src/daemon/logger.ts";
import { CANNOT_MAKE_CERTIFICATES, makeAuthority } from "./certificates.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-hijack-"));
after(() => rmSync(folder, { recursive: true }));

const logger = createLogger({ level: "fatal", format: "text", write: () => undefined });
const LOOPBACK = { kind: "tcp", address: "127.0.0.1", port: 0, isLoopback: true } as const;
const HEADERS = { "Api-Version": "1.51", Ostype: "linux", Server: "Docker/1 (linux)", "Docker-Experimental": "false" };
const MULTIPLEXED = "application/vnd.docker.multiplexed-stream";

const failures: unknown[] = [];

/** A listener whose every answer takes the connection over; the body of the request comes first. */
function talking(talk: (connection: RawConnection, body: string) => Promise<void>, hasEngineHeaders = true): RequestListener {
  return (request, response) => {
    void (async () => {
      let body = "";
      if (request.headers["content-length"] !== undefined && request.headers["x-unread"] === undefined)
        for await (const chunk of request) body += String(chunk);
      const { headers } = request;
      const answer: Hijacked = hijacked({ headers, contentType: MULTIPLEXED, hasEngineHeaders }, (connection) => talk(connection, body));
      const describeFailure = (error: unknown): { message: string } => {
        failures.push(error);
        return { message: "" };
      };
      await sendAnswer(response, answer, { headers: HEADERS, signal: AbortSignal.any([]), describeFailure });
    })();
  };
}

const echo = talking(async (connection, body) => {
  await connection.write(Buffer.from(`[${body}]`));
  for await (const chunk of connection.input) await connection.write(chunk);
  await connection.write(Buffer.from("[end]"));
});

let listenerCount = 0;

async function listen(listener: RequestListener, config: Partial<ListenConfig> = {}): Promise<{ listeners: Listeners; path: string }> {
  const path = join(folder, `${(listenerCount += 1)}.sock`);
  const none = { group: undefined, tls: undefined, insecureLoopbackTcp: false, dataRoot: folder };
  const listeners = await openListeners({ ...none, hosts: [{ kind: "unix", path }], ...config }, listener, { logger });
  after(async () => {
    await listeners.close();
    listeners.cut();
  });
  return { listeners, path };
}

function request(headers: readonly string[], body = ""): string {
  return `POST /containers/x/attach HTTP/1.1\r\nHost: localhost\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n${body}`;
}

const UPGRADE = ["Connection: Upgrade", "Upgrade: tcp"];
const ENGINE = "Api-Version: 1.51\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Docker/1 (linux)\r\n";
const UPGRADED = `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${MULTIPLEXED}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${ENGINE}\r\n`;
const RAW = `HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n${ENGINE}\r\n`;

/** Collects what comes and tells when it contains something. */
function hear(socket: Socket): { readonly text: () => string; until(words: string): Promise<void>; readonly end: Promise<string> } {
  let text = "";
  let check: () => void = () => undefined;
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    check();
  });
  socket.on("error", () => undefined);
  const end = new Promise<string>((resolve) => socket.once("end", () => resolve(text)));
  return {
    text: () => text,
    end,
    until: (words) =>
      new Promise((resolve) => {
        check = () => text.includes(words) && resolve();
        check();
      }),
  };
}

async function dial(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

for (const [name, headers, head] of [
  ["an upgrade", UPGRADE, UPGRADED],
  ["an upgrade to anything", ["Connection: upgrade", "Upgrade: h2c"], UPGRADED],
  ["no upgrade", [], RAW],
] as const) {
  test(`${name}: the body is read, then bytes go both ways, and half a close is the end of the input`, async () => {
    const { path } = await listen(echo);
    const socket = await dial(path);
    const heard = hear(socket);
    socket.write(request([...headers, "Content-Length: 4"], "body"));
    await heard.until("[body]");
    for (const word of ["GET / HTTP/1.1\r\n\r\n", "\u0000\u00ff", "third"]) {
      socket.write(word, "latin1");
      await heard.until(word);
    }
    socket.end();
    assert.equal(await heard.end, `${head}[body]GET / HTTP/1.1\r\n\r\n\u0000\u00ffthird[end]`);
  });
}

test("a body in chunks that goes on is the input, without its chunks", async () => {
  const { path } = await listen(echo);
  const socket = await dial(path);
  const heard = hear(socket);
  socket.write(request(["Transfer-Encoding: chunked"], "3\r\none\r\n"));
  await heard.until("[]one");
  socket.write("3\r\ntwo\r\n0\r\n\r\n");
  assert.equal(await heard.end, `${RAW}[]onetwo[end]`);
  socket.destroy();
});

test("a document in front is the request's, whether or not there is more to come", async () => {
  const { path } = await listen(echo);
  const whole = await dial(path);
  const heard = hear(whole);
  // Its end comes late.
  whole.write(request([...UPGRADE, "X-Unread: 1", "Content-Type: application/json", "Content-Length: 13"], '{"stream":'));
  whole.write("1}\n");
  await heard.until("[]");
  whole.end("input");
  assert.equal(await heard.end, `${UPGRADED}[]input[end]`);
  const chunked = await dial(path);
  const answer = hear(chunked);
  chunked.write(request(["Transfer-Encoding: chunked", "Content-Type: application/json"], "2\r\n{}\r\n"));
  await answer.until("[]");
  chunked.write("3\r\none\r\n0\r\n\r\n");
  assert.equal(await answer.end, `${RAW}[]one[end]`);
  chunked.destroy();
});

test("attach has no headers but its own, and tells a failure as text", async () => {
  const own = await listen(talking(() => Promise.resolve(), false));
  const socket = await dial(own.path);
  const heard = hear(socket);
  socket.write(request(UPGRADE));
  assert.equal(await heard.end, `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${MULTIPLEXED}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`);
  socket.destroy();
  const refusing = await listen((_, response) => {
    const options = { headers: HEADERS, signal: AbortSignal.any([]), describeFailure: () => ({ message: "" }) };
    void sendAnswer(response, rawRefusal("No such container: nope", 404), options);
  });
  const refused = await dial(refusing.path);
  const refusal = hear(refused);
  refused.write(request(UPGRADE));
  assert.equal(
    await refusal.end,
    "HTTP/1.1 404 Not Found\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nNo such container: nope\r\n",
  );
  refused.destroy();
});

test("who does not read holds the writer up, and is forgotten when it leaves", async () => {
  let written = 0;
  const over = Promise.withResolvers<unknown>();
  const { path, listeners } = await listen(
    talking(async (connection) => {
      const block = Buffer.alloc(64 * 1024);
      try {
        for (;;) {
          await connection.write(block);
          written += block.length;
        }
      } catch (error) {
        over.resolve(error);
        throw error;
      }
    }),
  );
  const socket = await dial(path);
  socket.write(request(UPGRADE));
  let before = -1;
  while (written !== before || written === 0) {
    before = written;
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  }
  assert.ok(written < 4 * 1024 * 1024, `${written} bytes were taken for a client that reads nothing`);
  assert.equal(listeners.requestsInFlight, 1);
  socket.destroy();
  assert.match(String(await over.promise), /context canceled/);
  while (listeners.requestsInFlight > 0) await new Promise(setImmediate);
  assert.deepEqual(failures, [], "a client that left is no failure");
});

test("the input ends when the client breaks off, and writing finds it gone", async () => {
  const over = Promise.withResolvers<unknown>();
  const { path } = await listen(
    talking(async (connection) => {
      for await (const _chunk of connection.input);
      try {
        for (;;) await connection.write(Buffer.alloc(100_000));
      } catch (error) {
        over.resolve(error);
      }
    }),
  );
  const socket = await dial(path);
  const heard = hear(socket);
  socket.write(request(UPGRADE));
  await heard.until("\r\n\r\n");
  socket.destroy();
  assert.match(String(await over.promise), /context canceled/);
});

test("what fails in the middle cuts the connection and is told", async () => {
  const { path } = await listen(talking(() => Promise.reject(new Error("broken"))));
  const socket = await dial(path);
  const heard = hear(socket);
  socket.write(request(UPGRADE));
  assert.equal(await heard.end, UPGRADED);
  socket.destroy();
  assert.match(String(failures.pop()), /broken/);
});

test("everything is sent to a client that goes on sending", async () => {
  const { path } = await listen(talking((connection) => connection.write(Buffer.alloc(3_000_000, "x"))));
  const socket = await dial(path);
  socket.write(request(UPGRADE));
  const heard = hear(socket);
  const sending = setInterval(() => socket.write("y".repeat(1000)), 1);
  const text = await heard.end;
  clearInterval(sending);
  socket.destroy();
  assert.equal(text.length, UPGRADED.length + 3_000_000);
});

test("a stop waits for open connections and cuts them in the end", async () => {
  const { path, listeners } = await listen(echo);
  const socket = await dial(path);
  const heard = hear(socket);
  socket.write(request(UPGRADE));
  await heard.until("[]");
  await listeners.close();
  let isAnswered = false;
  void listeners.answered.then(() => (isAnswered = true));
  socket.write("still there");
  await heard.until("still there");
  assert.equal(isAnswered, false);
  listeners.cut();
  await listeners.answered;
  await heard.end;
  socket.destroy();
});

test("plain TCP takes nobody over without the token", async () => {
  const { listeners } = await listen(echo, { hosts: [LOOPBACK], insecureLoopbackTcp: true });
  const [host] = listeners.hosts;
  assert.ok(host?.kind === "tcp" && listeners.tokenFile !== undefined);
  const answers: string[] = [];
  for (const authorization of ["", `Authorization: Bearer ${readFileSync(listeners.tokenFile, "utf8").trim()}`]) {
    const socket = connect({ port: host.port, host: "127.0.0.1", allowHalfOpen: true });
    const heard = hear(socket);
    socket.write(request(authorization === "" ? UPGRADE : [...UPGRADE, authorization]));
    if (authorization !== "") await heard.until("[]");
    socket.end("in");
    answers.push((await heard.end).split("\r\n")[0] ?? "", heard.text().endsWith("[]in[end]") ? "talked" : "refused");
  }
  assert.deepEqual(answers, ["HTTP/1.1 401 Unauthorized", "refused", "HTTP/1.1 101 UPGRADED", "talked"]);
});

test("over TLS, with half a close too", { skip: CANNOT_MAKE_CERTIFICATES }, async () => {
  const authority = makeAuthority(folder, "ours");
  const { listeners } = await listen(echo, { hosts: [LOOPBACK], tls: { ca: authority.ca, ...authority.issue("server", "serverAuth") } });
  const [host] = listeners.hosts;
  assert.ok(host?.kind === "tcp");
  const client = authority.issue("client", "clientAuth");
  const pem = { ca: readFileSync(authority.ca), cert: readFileSync(client.cert), key: readFileSync(client.key) };
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    const plain = connect({ port: host.port, host: "127.0.0.1", allowHalfOpen: true });
    const socket = tlsConnect({ socket: plain, maxVersion, servername: "localhost", ...pem });
    await once(socket, "secureConnect");
    const heard = hear(socket);
    socket.write(request(UPGRADE));
    await heard.until("[]");
    socket.end("last words");
    assert.equal(await heard.end, `${UPGRADED}[]last words[end]`);
  }
});
