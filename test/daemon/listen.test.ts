import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as tlsRequest } from "node:https";
import type { RequestOptions as TlsRequestOptions } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openListeners } from "../../src/daemon/listen/index.ts";
import type { ListenConfig, Listeners } from "../../src/daemon/listen/index.ts";
import { createLogger } from "../../src/daemon/logger.ts";
import { CANNOT_MAKE_CERTIFICATES, makeAuthority } from "./certificates.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-listen-"));
after(() => rmSync(folder, { recursive: true }));

const logger = createLogger({ level: "fatal", format: "text", write: () => undefined });
const LOOPBACK = { kind: "tcp", address: "127.0.0.1", port: 0, isLoopback: true } as const;
const SILENT: ListenConfig = { hosts: [], group: undefined, tls: undefined, insecureLoopbackTcp: false, dataRoot: folder };

/** Opens listeners whose API answers with method, path and body; closed after the test file. */
async function listen(config: Partial<ListenConfig>): Promise<Listeners> {
  const listeners = await openListeners(
    { ...SILENT, ...config },
    (incoming, response) => {
      void readBody(incoming).then((body) => response.end(`${incoming.method} ${incoming.url} ${body}`));
    },
    { logger },
  );
  after(async () => {
    await listeners.close();
    listeners.cut();
  });
  return listeners;
}

async function readBody(message: AsyncIterable<unknown>): Promise<string> {
  let body = "";
  for await (const chunk of message) body += String(chunk);
  return body;
}

async function ask(options: RequestOptions, body = ""): Promise<{ readonly response: IncomingMessage; readonly body: string }> {
  const sent = request(options);
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { response, body: await readBody(response) };
}

/** What comes back for `text`, also when the server closes before it has read everything. */
async function askRaw(path: string, text: string): Promise<string> {
  const socket = connect(path).setEncoding("utf8");
  let answer = "";
  socket.on("data", (chunk) => (answer += String(chunk)));
  socket.on("error", () => undefined);
  socket.end(text);
  await new Promise((resolve) => socket.once("close", resolve));
  return answer;
}

function portOf({ hosts }: Listeners): number {
  const [host] = hosts;
  assert.ok(host?.kind === "tcp");
  return host.port;
}

const socketPath = join(folder, "api.sock");
await listen({ hosts: [{ kind: "unix", path: socketPath }] });

test("idle connections outlive those of Go's clients", async () => {
  const { response } = await ask({ socketPath, path: "/", headers: { connection: "keep-alive" } });
  assert.equal(response.headers["keep-alive"], "timeout=120");
});

test("a request that asks for an upgrade keeps its body", async () => {
  const headers = { connection: "Upgrade", upgrade: "tcp", "content-length": "4" };
  assert.equal((await ask({ socketPath, method: "POST", path: "/exec/1/start", headers }, "body")).body, "POST /exec/1/start body");
});

test("headers may be as large as Go allows, and no larger", async () => {
  const long = await askRaw(
    socketPath,
    `GET /x HTTP/1.1\r\nHost: d\r\nConnection: close\r\nX-Registry-Config: ${"a".repeat(900_000)}\r\n\r\n`,
  );
  assert.match(long, /^HTTP\/1\.1 200 OK/);
  const tooLong = await askRaw(socketPath, `GET /x HTTP/1.1\r\nHost: d\r\nX-Registry-Config: ${"a".repeat(1_100_000)}\r\n\r\n`);
  // A close with unread bytes may overtake the answer.
  assert.match(tooLong, /^(HTTP\/1\.1 431 |$)/);
});

test("what is no HTTP is answered as Go answers it", async () => {
  assert.equal(
    await askRaw(socketPath, "\u0016\u0003\u0001 hello\r\n\r\n"),
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
  );
});

test("two readings of one request are refused", async () => {
  const smuggled = await askRaw(
    socketPath,
    "POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
  );
  assert.match(smuggled, /^HTTP\/1\.1 400 /);
});

test("plain TCP on loopback needs the token from the data root", async () => {
  const listeners = await listen({ hosts: [LOOPBACK], insecureLoopbackTcp: true });
  const port = portOf(listeners);
  assert.equal((await ask({ port, host: "127.0.0.1", path: "/_ping" })).response.statusCode, 401);
  assert.ok(listeners.tokenFile !== undefined);
  const authorization = `Bearer ${readFileSync(listeners.tokenFile, "utf8").trim()}`;
  assert.equal((await ask({ port, host: "127.0.0.1", path: "/_ping", headers: { authorization } })).body, "GET /_ping ");
});

test("plain TCP is refused once more at the socket, should a configuration ever let it through", async () => {
  for (const config of [
    { hosts: [LOOPBACK] },
    { hosts: [{ ...LOOPBACK, address: "0.0.0.0", isLoopback: false }], insecureLoopbackTcp: true },
  ]) {
    await assert.rejects(
      openListeners({ ...SILENT, ...config }, () => undefined, { logger }),
      { kind: "forbidden" },
    );
  }
});

test("when one address fails, none stays open", async () => {
  const path = join(folder, "first.sock");
  const port = portOf(await listen({ hosts: [LOOPBACK], insecureLoopbackTcp: true }));
  const hosts = [{ kind: "unix", path } as const, { ...LOOPBACK, port }];
  await assert.rejects(listen({ hosts, insecureLoopbackTcp: true }), {
    kind: "conflict",
    message: `cannot listen on "tcp://127.0.0.1:${port}": the address is in use`,
  });
  assert.ok(!existsSync(path));
});

test("a group that was asked for must exist, Docker's own need not", async () => {
  const hosts = [{ kind: "unix", path: join(folder, "group.sock") } as const];
  await assert.rejects(listen({ hosts, group: { name: "no-such-group", isRequired: true } }), { kind: "not-found" });
  await listen({ hosts, group: { name: "no-such-group", isRequired: false } });
});

test("a folder that is not ours is told", { skip: process.getuid?.() === 0 && "root may write everywhere" }, async () => {
  const closed = mkdtempSync(join(folder, "closed-"));
  chmodSync(closed, 0o500);
  const path = join(closed, "x.sock");
  await assert.rejects(listen({ hosts: [{ kind: "unix", path }] }), {
    kind: "forbidden",
    message: `cannot listen on "unix://${path}": permission denied`,
  });
});

test("TLS lets in clients with a certificate of the CA, and nobody else", { skip: CANNOT_MAKE_CERTIFICATES }, async () => {
  const authority = makeAuthority(folder, "ours");
  const stranger = makeAuthority(folder, "stranger");
  const server = authority.issue("server", "serverAuth");
  const client = authority.issue("client", "clientAuth");
  const port = portOf(await listen({ hosts: [LOOPBACK], tls: { ca: authority.ca, ...server } }));
  const pem = ({ cert, key }: { cert: string; key: string }): TlsRequestOptions => ({ cert: readFileSync(cert), key: readFileSync(key) });
  const connectWith = async (options: TlsRequestOptions): Promise<string> => {
    const sent = tlsRequest({ port, host: "127.0.0.1", path: "/_ping", ca: readFileSync(authority.ca), agent: false, ...options });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return readBody(response);
  };

  assert.equal(await connectWith(pem(client)), "GET /_ping ");
  assert.equal(await connectWith({ ...pem(client), maxVersion: "TLSv1.2" }), "GET /_ping ");
  const refused: readonly (readonly [string, TlsRequestOptions])[] = [
    ["no certificate", {}],
    ["another CA's certificate", pem(stranger.issue("client", "clientAuth"))],
    ["a server's certificate", pem(authority.issue("other-server", "serverAuth"))],
    ["an old protocol", { ...pem(client), minVersion: "TLSv1", maxVersion: "TLSv1.1" }],
  ];
  for (const [who, options] of refused) await assert.rejects(connectWith(options), who);
  await assert.rejects(ask({ port, host: "127.0.0.1", path: "/_ping" }), "plain HTTP");
});

test("bad TLS files are told before anything listens", { skip: CANNOT_MAKE_CERTIFICATES }, async () => {
  const authority = makeAuthority(folder, "checked");
  const { cert, key } = authority.issue("server", "serverAuth");
  const other = authority.issue("other", "serverAuth");
  const garbage = join(folder, "garbage.pem");
  writeFileSync(garbage, "garbage");
  const cases: readonly (readonly [string, ListenConfig["tls"]])[] = [
    [`cannot use --tlscacert "${garbage}": it holds no certificate in PEM form`, { ca: garbage, cert, key }],
    [`cannot use --tlscert "${garbage}": `, { ca: authority.ca, cert: garbage, key }],
    [`cannot use --tlskey "${garbage}": `, { ca: authority.ca, cert, key: garbage }],
    [`cannot use --tlskey "${other.key}": `, { ca: authority.ca, cert, key: other.key }],
  ];
  for (const [message, tls] of cases) {
    await assert.rejects(listen({ hosts: [LOOPBACK], tls }), (error: Error) => {
      assert.equal(error.message.slice(0, message.length), message);
      return true;
    });
  }
});
