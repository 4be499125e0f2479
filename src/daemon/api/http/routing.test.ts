import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";
import { json } from "./answer.ts";
import { compileRoutes } from "./find-route.ts";
import { cleanPath, decodePath, encodePath } from "./request-path.ts";
import { route } from "./route.ts";

const api = await serveApi(stubEngine());
after(() => api[Symbol.asyncDispose]());

const CLOSE = "HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
const ENGINE_HEADERS = ["api-version", "docker-experimental", "ostype", "server"];

test("a request without version, or with any from 1.24 to the highest, is answered with the engine's headers", async () => {
  for (const path of ["/_ping", "/v1.24/_ping", "/v1.41/_ping", "/v1.55/_ping", "/v01.51/_ping", "/v1.24.0/_ping"]) {
    const { status, headers, text } = await api.ask(`GET ${path}`);
    assert.deepEqual([path, status, text], [path, 200, "OK"]);
    assert.deepEqual(
      ENGINE_HEADERS.map((name) => headers[name]),
      ["1.55", "false", "linux", "Docker/1.2.3 (linux)"],
    );
  }
});

test("ping says what clients build with, and HEAD says the same without a body", async () => {
  for (const method of ["GET", "HEAD"]) {
    const { headers } = await api.ask(`${method} /_ping`);
    assert.equal(headers["builder-version"], "1");
    assert.equal(headers["swarm"], "inactive");
    assert.equal(headers["cache-control"], "no-cache, no-store, must-revalidate");
    assert.equal(headers["pragma"], "no-cache");
    assert.equal(headers["content-type"], "text/plain; charset=utf-8");
    assert.equal(headers["content-length"], method === "GET" ? "2" : "0");
  }
});

const REFUSED_VERSIONS = [
  ["1.56", "application/json", "client version 1.56 is too new. Maximum supported API version is 1.55"],
  ["1.55.1", "application/json", "client version 1.55.1 is too new. Maximum supported API version is 1.55"],
  ["2", "application/json", "client version 2 is too new. Maximum supported API version is 1.55"],
  [
    "1.23",
    "text/plain; charset=utf-8",
    "client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version",
  ],
  [
    "1.9",
    "text/plain; charset=utf-8",
    "client version 1.9 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version",
  ],
  [
    ".51",
    "text/plain; charset=utf-8",
    "client version .51 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version",
  ],
] as const;

for (const [version, type, message] of REFUSED_VERSIONS) {
  test(`version ${version} is refused in Docker's words`, async () => {
    const { status, headers, text } = await api.ask(`GET /v${version}/_ping`);
    assert.equal(status, 400);
    assert.equal(headers["content-type"], type);
    assert.equal(text, type === "application/json" ? `{"message":"${message}"}\n` : `${message}\n`);
    assert.equal(headers["api-version"], "1.55");
    assert.equal(headers["docker-experimental"], undefined);
  });
}

test("a version between a raised minimum and 1.24 is refused as JSON", async () => {
  await using strict = await serveApi(stubEngine(), { minApiVersion: "1.44" });
  const { headers, text } = await strict.ask("GET /v1.43/_ping");
  assert.equal(headers["content-type"], "application/json");
  assert.match(text, /^\{"message":"client version 1\.43 is too old\. Minimum supported API version is 1\.44, /);
});

const NOT_FOUND = ["GET /", "GET /v1.51", "GET /nope", "GET /vx/_ping", "GET /_ping/", "POST /_ping", "HEAD /version", "PATCH /_ping"];

for (const line of NOT_FOUND) {
  test(`${line} is no page, and the engine does not say who it is`, async () => {
    const { status, headers, text } = await api.ask(line);
    assert.deepEqual([status, headers["content-type"]], [404, "application/json"]);
    assert.equal(text, line.startsWith("HEAD") ? "" : '{"message":"page not found"}\n');
    for (const name of ENGINE_HEADERS) assert.equal(headers[name], undefined);
  });
}

test("OPTIONS is answered for every path, with an empty body", async () => {
  for (const path of ["/nope", "/v1.51/images/json", "*"]) {
    const reply = await api.raw(`OPTIONS ${path} ${CLOSE}`);
    assert.match(reply, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(reply, /\r\nApi-Version: 1\.55\r\n/);
    assert.match(reply, /\r\n\r\n$/);
  }
});

const MOVED = [
  ["/v1.51//images/json?all=1&x=%2f", "/v1.51/images/json?all=1&x=%2f"],
  ["/images/a%2F%2Fb/json", "/images/a/b/json"],
  ["/images/%2e%2e/json", "/json"],
  ["/v1.51/./images/json", "/v1.51/images/json"],
  ["/../../etc", "/etc"],
  ["//evil.example/x", "/evil.example/x"],
  ["/a//%0d%0aX:%20y", "/a/%0D%0AX:%20y"],
  ["/a//b/", "/a/b/"],
] as const;

for (const [path, location] of MOVED) {
  test(`${path} has moved to ${location}`, async () => {
    const reply = await api.raw(`GET ${path} ${CLOSE}`);
    assert.match(reply, /^HTTP\/1\.1 301 Moved Permanently\r\n/);
    assert.equal(/\r\nLocation: (.*)\r\n/.exec(reply)?.[1], location);
    assert.doesNotMatch(reply, /Api-Version/);
  });
}

test("an absolute request target is its path", async () => {
  assert.match(await api.raw(`GET http://d/v1.51/_ping ${CLOSE}`), /^HTTP\/1\.1 200 OK\r\n/);
});

test("a broken escape in the path is a bad request", async () => {
  const { status, text } = await api.ask("GET /images/%zz/json");
  assert.deepEqual([status, text], [400, '{"message":"invalid URL escape \\"%zz\\""}\n']);
});

const MALFORMED = [
  ["no HTTP at all", "GARBAGE\r\n\r\n", "400 Bad Request"],
  ["a version of HTTP that is none", "GET /_ping HTTP/9.9\r\n\r\n", "400 Bad Request"],
  ["two lengths", "POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400 Bad Request"],
  [
    "a length and chunks",
    "POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "400 Bad Request",
  ],
  ["a space before a colon", "GET /_ping HTTP/1.1\r\nHost : d\r\n\r\n", "400 Bad Request"],
  ["headers beyond the limit", `GET /_ping HTTP/1.1\r\nHost: d\r\nX: ${"a".repeat(70_000)}\r\n\r\n`, "431 Request Header Fields Too Large"],
  ["a URL beyond the limit", `GET /${"a".repeat(70_000)} HTTP/1.1\r\nHost: d\r\n\r\n`, "431 Request Header Fields Too Large"],
] as const;

for (const [what, bytes, status] of MALFORMED) {
  test(`${what} never reaches a handler, and ends the connection`, async () => {
    const reply = await api.raw(bytes);
    assert.equal(reply.split("\r\n", 1)[0], `HTTP/1.1 ${status}`);
    assert.doesNotMatch(reply, /Api-Version/);
  });
}

test("a transfer coding that nobody undoes is not implemented", async () => {
  const reply = await api.raw("POST /images/load HTTP/1.1\r\nHost: d\r\nConnection: close\r\nTransfer-Encoding: gzip\r\n\r\nhello");
  assert.match(reply, /^HTTP\/1\.1 (400|501) /);
});

const TABLE = [
  route("GET", "/images/json", () => json("list")),
  route("GET", "/images/{name:.*}/json", () => json("inspect")),
  route("GET", "/images/{name:.*}/get", () => json("save")),
  route("DELETE", "/images/{name:.*}", () => json("remove")),
  route("GET", "/containers/{id}/json", () => json("container")),
];
const find = compileRoutes(TABLE);

test("a greedy name takes slashes, colons and nothing at all, but no line end", () => {
  const cases: [string, string, string | undefined, string][] = [
    ["GET", "/images/json", "/images/json", ""],
    ["DELETE", "/images/json", "/images/{name:.*}", "json"],
    ["DELETE", "/images/", "/images/{name:.*}", ""],
    ["GET", "/images/a/b:1@sha256:2/json", "/images/{name:.*}/json", "a/b:1@sha256:2"],
    ["GET", "/images/json/json", "/images/{name:.*}/json", "json"],
    ["GET", "/images/a/json/get", "/images/{name:.*}/get", "a/json"],
    ["GET", "/images/a\nb/json", undefined, ""],
    ["GET", "/images/a/json/", undefined, ""],
    ["GET", "/containers/a/json", "/containers/{id}/json", "a"],
    ["GET", "/containers/a/b/json", undefined, ""],
    ["GET", "/containers//json", undefined, ""],
  ];
  for (const [method, path, pattern, name] of cases) {
    for (const prefix of ["", "/v1.24", "/v1.51.7"]) {
      const found = find(method, `${prefix}${path}`);
      assert.deepEqual([found?.route.pattern, found?.name ?? ""], [pattern, name], `${method} ${prefix}${path}`);
      if (found !== undefined) assert.equal(found.version, prefix === "" ? undefined : prefix.slice(2));
    }
  }
});

test("decodePath() undoes encodePath(), and cleaning twice changes nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(decodePath(encodePath(text)), text);
      const cleaned = cleanPath(`/${text}`);
      assert.equal(cleanPath(cleaned), cleaned);
      assert.doesNotMatch(cleaned, /\/\/|\/\.\.?(?=\/|$)/);
    }),
  );
});
