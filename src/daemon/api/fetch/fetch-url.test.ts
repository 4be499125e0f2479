import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { createFetchUrl, redactUrl } from "./fetch-url.ts";
import { isLinkLocalAddress, isPublicAddress } from "./public-address.ts";

const { signal } = new AbortController();
const anywhere = createFetchUrl({ allows: () => true });
const requests: string[] = [];
const site = createServer((request, response) => {
  requests.push(`${request.method} ${request.url}`);
  const [, status = "200", location = ""] = /^\/(\d+)(?:\/(.*))?$/.exec(request.url ?? "") ?? [];
  response.writeHead(Number(status), location === "" ? {} : { Location: decodeURIComponent(location) });
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

const ADDRESSES: readonly [address: string, isPublic: boolean][] = [
  ...["1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"].map((address): [string, boolean] => [
    address,
    true,
  ]),
  ...["127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"].map(
    (address): [string, boolean] => [address, false],
  ),
  ...["100.64.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254"].map(
    (address): [string, boolean] => [address, false],
  ),
  ...["::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "not an address"].map(
    (address): [string, boolean] => [address, false],
  ),
];

test("isLinkLocalAddress() knows where clouds keep secrets, however it is spelt, and leaves the rest alone", () => {
  for (const address of ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe"]) {
    assert.equal(isLinkLocalAddress(address), true, address);
  }
  for (const address of ["127.0.0.1", "192.168.1.1", "8.8.8.8", "::1", "2001:4860::1"])
    assert.equal(isLinkLocalAddress(address), false, address);
});

test("isPublicAddress() knows the public internet from everything else", () => {
  for (const [address, isPublic] of ADDRESSES) assert.equal(isPublicAddress(address), isPublic, address);
});

test("a page is fetched with its size", async () => {
  const { size, body } = await anywhere(`${base}/x`, { signal });
  assert.deepEqual([size, await text(body)], [undefined, "page of /x"]);
});

const SPELLINGS = [
  "127.0.0.1",
  "localhost",
  "0x7f.1",
  "2130706433",
  "0177.0.0.1",
  "[::1]",
  "[::ffff:7f00:1]",
  "0.0.0.0",
  "169.254.169.254",
];

for (const host of SPELLINGS) {
  test(`by itself it does not reach ${host}`, async () => {
    const port = new URL(base).port;
    requests.length = 0;
    await assert.rejects(createFetchUrl()(`http://${host}:${port}/x`, { signal }), {
      kind: "forbidden",
      message: /is not an address to fetch from$/,
    });
    assert.deepEqual(requests, []);
  });
}

test("a redirect is followed only to what may be reached", async () => {
  const { body } = await anywhere(`${base}/302/${encodeURIComponent("/y")}`, { signal });
  assert.equal(await text(body), "page of /y");
  const onlyFirst = createFetchUrl({ allows: (address) => address === "127.0.0.1" });
  const elsewhere = `${base}/302/${encodeURIComponent("http://127.0.0.2:1/")}`;
  await assert.rejects(onlyFirst(elsewhere, { signal }), { kind: "forbidden", message: /127\.0\.0\.2 is not an address to fetch from/ });
  const toFile = `${base}/302/${encodeURIComponent("file:///etc/passwd")}`;
  await assert.rejects(anywhere(toFile, { signal }), { message: 'Get "file:///etc/passwd": unsupported protocol scheme "file"' });
});

test("redirects in a circle end", async () => {
  const circle = createServer((_, response) => void response.writeHead(302, { Location: "/" }).end());
  const url = await listen(circle);
  await assert.rejects(anywhere(url, { signal }), { message: `Get "${url}": stopped after 10 redirects` });
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
    await assert.rejects(anywhere(url, { signal }), {
      kind,
      message: `failed to GET ${url} with status ${status} ${words}: page of /${status}`,
    });
  });
}

test("a body beyond the limit is cut off", async () => {
  const { body } = await createFetchUrl({ allows: () => true, maxSize: 1999 })(`${base}/large`, { signal });
  await assert.rejects(text(body), { kind: "invalid-argument", message: `cannot fetch "${base}/large": it is larger than 1999 bytes` });
});

test("a server that says nothing is given up", async () => {
  const silent = createServer(() => undefined);
  const url = await listen(silent);
  await assert.rejects(createFetchUrl({ allows: () => true, maxIdleMs: 20 })(url, { signal }), {
    message: `Get "${url}/": no answer for 0.02 s`,
  });
  silent.close();
  silent.closeAllConnections();
});

test("whoever asked may stop it, before and in the body", async () => {
  const stop = new AbortController();
  const endless = createServer((_, response) => void response.write("and so on"));
  const { body } = await anywhere(await listen(endless), { signal: stop.signal });
  stop.abort();
  await assert.rejects(text(body), { kind: "cancelled" });
  endless.close();
  await assert.rejects(anywhere(base, { signal: stop.signal }), { kind: "cancelled" });
});

test("a password in a URL is not shown", () => {
  const cases = [
    ["http://user:secret@host/a?b=c", "http://user:xxxxx@host/a?b=c"],
    ["http://user@host/", "http://user@host/"],
    ["http://host/a:b@c", "http://host/a:b@c"],
    ["-", "-"],
  ] as const;
  for (const [url, shown] of cases) assert.equal(redactUrl(url), shown);
});
