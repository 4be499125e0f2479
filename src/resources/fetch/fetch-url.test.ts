import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { createAuthority } from "../../../test/fixtures/certificates.ts";
import { startConnectProxy } from "../../../test/fixtures/connect-proxy.ts";
import { digestOf } from "#oci";
import { createFetchUrl } from "./fetch-url.ts";

const { signal } = new AbortController();
const fetchUrl = createFetchUrl();
const requests: string[] = [];
const site = createServer((request, response) => {
  requests.push(`${request.method} ${request.url}`);
  const [, status = "200", location = ""] = /^\/(\d+)(?:\/(.*))?$/.exec(request.url ?? "") ?? [];
  const named = { "Last-Modified": "Sat, 21 Nov 2026 07:00:00 GMT", ETag: '"1"', "Content-Disposition": "attachment; filename=theirs" };
  const moved = { Location: decodeURIComponent(location) };
  response.writeHead(Number(status), location === "" ? (request.url?.startsWith("/?named") === true ? named : {}) : moved);
  response.end(request.url === "/large" ? Buffer.alloc(2000) : `page of ${request.url}`);
});
const base = await listen(site);
after(() => {
  site.close();
  site.closeAllConnections();
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("a page is fetched with its size", async () => {
  const { size, body } = await fetchUrl(`${base}/x`, { signal });
  assert.deepEqual([size, await text(body)], [undefined, "page of /x"]);
});

test("what a server tells of a file comes along", async () => {
  const { url, fileName, lastModified, etag } = await fetchUrl(`${base}/302/${encodeURIComponent("/?named")}`, { signal });
  // The name in the URL that was asked for comes first, as in Docker: the redirect is the server's business.
  assert.deepEqual([url, fileName, etag], [`${base}/?named`, "?named", '"1"']);
  assert.deepEqual(lastModified, new Date("2026-11-21T07:00:00Z"));
  assert.equal((await fetchUrl(`${base}/?named`, { signal })).fileName, "theirs");
  assert.equal((await fetchUrl(`${base}/a/b.tar?c`, { signal })).fileName, "b.tar");
});

test("a checksum that holds changes nothing, and one that does not is an error at the end", async () => {
  const held = await fetchUrl(`${base}/x`, { signal, checksum: digestOf("page of /x") });
  assert.equal(await text(held.body), "page of /x");
  const broken = await fetchUrl(`${base}/x`, { signal, checksum: digestOf("other") });
  await assert.rejects(text(broken.body), { message: `digest mismatch ${digestOf("page of /x")}: ${digestOf("other")}` });
});

const FORBIDDEN = ["169.254.169.254", "0xa9fea9fe", "2852039166", "[fe80::1]", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"];

for (const host of FORBIDDEN) {
  test(`it does not reach ${host}, with or without a proxy`, async () => {
    await using proxy = await startConnectProxy({});
    const message = /is not an address to fetch from$/;
    await assert.rejects(fetchUrl(`http://${host}/x`, { signal }), { kind: "forbidden", message });
    const through = createFetchUrl({ proxy: { httpProxy: proxy.origin, httpsProxy: proxy.origin } });
    await assert.rejects(through(`https://${host}/x`, { signal }), { kind: "forbidden", message });
    assert.deepEqual(proxy.tunnels, []);
  });
}

test("a name is refused for where it leads", async () => {
  requests.length = 0;
  const nowhere = createFetchUrl({ allows: () => false });
  await assert.rejects(nowhere(`${base.replace("127.0.0.1", "localhost")}/x`, { signal }), { kind: "forbidden" });
  assert.deepEqual(requests, []);
});

test("a proxy is used, also for what only it can look up", async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    response.end("through");
  });
  const httpProxy = (await listen(proxy)).replace("http://", "http://user:word@");
  const { body } = await createFetchUrl({ proxy: { httpProxy } })("http://inside.invalid/x", { signal });
  assert.equal(await text(body), "through");
  assert.deepEqual(asked, [`http://inside.invalid/x Basic ${Buffer.from("user:word").toString("base64")}`]);
  proxy.close();
  await using tunnels = await startConnectProxy({});
  await assert.rejects(createFetchUrl({ proxy: { httpsProxy: tunnels.origin } })("https://inside.invalid/x", { signal }), {
    message: /^Get "https:\/\/inside\.invalid\/x": /,
  });
  assert.deepEqual(tunnels.tunnels, ["inside.invalid:443"]);
});

test("a redirect is followed only to what may be reached", async () => {
  const { body } = await fetchUrl(`${base}/302/${encodeURIComponent("/y")}`, { signal });
  assert.equal(await text(body), "page of /y");
  const onlyFirst = createFetchUrl({ allows: (address) => address === "127.0.0.1" });
  const elsewhere = `${base}/302/${encodeURIComponent("http://127.0.0.2:1/")}`;
  await assert.rejects(onlyFirst(elsewhere, { signal }), { kind: "forbidden", message: /127\.0\.0\.2 is not an address to fetch from/ });
  const toFile = `${base}/302/${encodeURIComponent("file:///etc/passwd")}`;
  await assert.rejects(fetchUrl(toFile, { signal }), { message: 'Get "file:///etc/passwd": unsupported protocol scheme "file"' });
});

test("redirects in a circle end", async () => {
  const circle = createServer((_, response) => void response.writeHead(302, { Location: "/" }).end());
  const url = await listen(circle);
  await assert.rejects(fetchUrl(url, { signal }), { message: `Get "${url}": stopped after 10 redirects` });
  circle.close();
  circle.closeAllConnections();
});

const STATUSES = [
  [400, "invalid-argument", "Bad Request"],
  [401, "unauthorized", "Unauthorized"],
  [403, "forbidden", "Forbidden"],
  [404, "not-found", "Not Found"],
  [410, "internal", "Gone"],
  [503, "internal", "Service Unavailable"],
] as const;

for (const [status, kind, words] of STATUSES) {
  test(`status ${status} is ${kind}`, async () => {
    const url = `${base}/${status}`;
    await assert.rejects(fetchUrl(url, { signal }), {
      kind,
      message: `failed to GET ${url} with status ${status} ${words}: page of /${status}`,
    });
  });
}

test("a body beyond the limit is cut off", async () => {
  const { body } = await createFetchUrl({ maxSize: 1999 })(`${base}/large`, { signal });
  await assert.rejects(text(body), { kind: "invalid-argument", message: `cannot fetch "${base}/large": it is larger than 1999 bytes` });
});

test("a server that says nothing is given up", async () => {
  const silent = createServer(() => undefined);
  const url = await listen(silent);
  await assert.rejects(createFetchUrl({ maxIdleMs: 20 })(url, { signal }), {
    message: `Get "${url}/": no answer for 0.02 s`,
  });
  silent.close();
  silent.closeAllConnections();
});

test("whoever asked may stop it, before and in the body", async () => {
  const stop = new AbortController();
  const endless = createServer((_, response) => void response.write("and so on"));
  const { body } = await fetchUrl(await listen(endless), { signal: stop.signal });
  stop.abort();
  await assert.rejects(text(body), { kind: "cancelled" });
  endless.close();
  await assert.rejects(fetchUrl(base, { signal: stop.signal }), { kind: "cancelled" });
});

test("a server whose certificate nobody vouches for is not believed", async () => {
  await using authority = await createAuthority();
  const { certificate, key } = await authority.issue("server", "DNS:localhost");
  const secure = createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_, response) => void response.end("x"));
  const url = (await listen(secure)).replace("http://127.0.0.1", "https://localhost");
  await assert.rejects(fetchUrl(`${url}/x`, { signal }), {
    message: `Get "${url}/x": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  });
  secure.close();
});
