import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { refuseForeignPages, requireToken } from "./request-guard.ts";
import type { RequestListener } from "./request-guard.ts";

const TOKEN = "abcdefghijklmnopqrstuvwxyz-_012345";

async function serve(guard: (listener: RequestListener) => RequestListener): Promise<number> {
  const server = createServer(guard((_request, response) => response.end("served")));
  after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly challenge: string | undefined;
}

async function ask(port: number, headers: Readonly<Record<string, string>>, path = "/images/create"): Promise<Answer> {
  const sent = request({ port, host: "127.0.0.1", method: "POST", path, headers });
  sent.end("body");
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, body, challenge: response.headers["www-authenticate"] };
}

const tokenPort = await serve((listener) => requireToken(listener, { token: TOKEN, address: "127.0.0.1" }));
const tlsPort = await serve(refuseForeignPages);
const bearer = { authorization: `Bearer ${TOKEN}` };

test("plain TCP serves whoever has the token, under any name of this machine", async () => {
  for (const host of ["127.0.0.1", "127.0.0.1:2375", "localhost:2375", "LOCALHOST", "[::1]:2375"]) {
    assert.deepEqual(await ask(tokenPort, { host, ...bearer }), { status: 200, body: "served", challenge: undefined }, host);
  }
});

test("plain TCP asks for the token", async () => {
  const wrong = ["", "Bearer", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, `Bearer ${TOKEN} x`, TOKEN];
  for (const authorization of wrong) {
    const { status, challenge, body } = await ask(tokenPort, { host: "localhost", authorization });
    assert.deepEqual([status, challenge], [401, 'Bearer realm="slipway"'], authorization);
    assert.match(body, /^\{"message":"a token is required: /);
  }
});

function basic(userAndPassword: string): { readonly host: string; readonly authorization: string } {
  return { host: "localhost", authorization: `Basic ${Buffer.from(userAndPassword).toString("base64")}` };
}

test("clients of registries are asked for a password, and send the token as it", async () => {
  for (const path of ["/v2/", "/v2", "/v2/a/tags/list", "/v2/?n=1"]) {
    const { status, challenge, body } = await ask(tokenPort, { host: "localhost" }, path);
    assert.deepEqual([status, challenge], [401, 'Basic realm="slipway"'], path);
    assert.match(body, /^\{"errors":\[\{"code":"UNAUTHORIZED",/);
    for (const user of ["x", "", "Wörld"]) assert.equal((await ask(tokenPort, basic(`${user}:${TOKEN}`), path)).status, 200, path);
    assert.equal((await ask(tokenPort, { host: "localhost", ...bearer }, path)).status, 200, path);
  }
  for (const wrong of [`x:${TOKEN}x`, "x:", TOKEN, `${TOKEN}:`, `x:${TOKEN}:`, ""]) {
    assert.equal((await ask(tokenPort, basic(wrong), "/v2/")).status, 401, wrong);
  }
});

test("a password opens nothing but the registry", async () => {
  for (const path of ["/images/create", "/v1.51/v2/", "/v20/", "//v2/", "/_ping?/v2/"]) {
    const { status, challenge } = await ask(tokenPort, basic(`x:${TOKEN}`), path);
    assert.deepEqual([status, challenge], [401, 'Bearer realm="slipway"'], path);
  }
});

test("plain TCP refuses names that were pointed at this machine, even with the token", async () => {
  for (const host of ["evil.example", "evil.example:2375", "127.0.0.1.evil.example", "localhost.", "127.0.0.2", "localhost:2375@evil"]) {
    assert.equal((await ask(tokenPort, { host, ...bearer })).status, 403, host);
  }
});

test("plain TCP refuses every web page, even with the token", async () => {
  const pages = [
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:2375" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ];
  for (const page of pages)
    assert.equal((await ask(tokenPort, { host: "localhost", ...bearer, ...page })).status, 403, JSON.stringify(page));
});

test("TLS refuses pages of other sites and serves everybody else", async () => {
  const cases: readonly (readonly [Record<string, string>, number])[] = [
    [{}, 200],
    [{ host: "engine.example:2376" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
    [{ "sec-fetch-site": "same-origin", origin: "https://engine.example:2376" }, 200],
    [{ "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
    [{ "sec-fetch-site": "same-site", origin: "https://other.example" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
  ];
  for (const [headers, status] of cases) assert.equal((await ask(tlsPort, headers)).status, status, JSON.stringify(headers));
});
