import assert from "node:assert/strict";
import { after, test } from "node:test";
import { escaped, serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";
import { createFetchUrl } from "#fetch";

const api = await serveApi(
  stubEngine({
    list: () => Promise.resolve([]),
    tag: () => Promise.resolve(),
    prune: () => Promise.resolve({ removed: [], reclaimed: 0 }),
    // Reads its archive, so that what goes wrong with fetching it comes out.
    import: async function* ({ archive }) {
      const body = "url" in archive ? (await createFetchUrl()(archive.url)).body : archive;
      for await (const _ of body) yield { type: "progress", current: 0, total: undefined };
    },
  }),
);
after(() => api[Symbol.asyncDispose]());

const P = `{"os":"linux","architecture":"amd64"}`;
const ONE_PLATFORM = "multiple platform parameters are not supported in this API version; use API version 1.52 or later";
const BUILD_CACHE = "failed to prune build cache:";
const VERSION = "is not implemented by slipway 1.2.3:";

const REFUSED: readonly [line: string, status: number, message: string][] = [
  ["GET /images/json?filters=x", 400, "invalid filter"],
  ['GET /images/json?filters={"a":["b"]}', 400, "invalid filter 'a'"],
  ['GET /images/json?filters={"__proto__":["b"]}', 400, "invalid filter '__proto__'"],
  ['GET /images/json?filters={"dangling":{"true":false}}', 400, "invalid filter 'dangling=[true]'"],
  ['GET /images/json?filters={"dangling":[]}', 400, "invalid filter 'dangling'"],
  ['GET /images/json?filters={"until":["zzz"]}', 400, `invalid value for 'until' filter: failed to parse value as time or duration: "zzz"`],
  ["GET /images/json?filters=%zz", 400, 'invalid URL escape "%zz"'],
  ["GET /images/json?filters=a;b", 400, "invalid semicolon separator in query"],
  ["GET /images/json?identity=1", 400, "conflicting options: identity requires manifests=1"],
  [`GET /images/a/json?manifests=1&platform=${P}`, 400, "conflicting options: manifests and platform options cannot both be set"],
  ["GET /images/a/json?platform=linux/amd64", 400, "failed to parse platform: invalid character 'l' looking for beginning of value"],
  ['GET /images/a/json?platform={"os":"linux"}', 400, "both OS and Architecture must be provided"],
  ['GET /images/a/json?platform={"os.version":"1"}', 400, "optional platform fields provided, but OS and Architecture are missing"],
  [`GET /v1.51/images/a/get?platform=${P}&platform=${P}`, 400, ONE_PLATFORM],
  [`POST /v1.48/images/load?platform=${P}&platform=${P}`, 400, ONE_PLATFORM],
  ['POST /images/prune?filters={"reference":["a"]}', 400, "invalid filter 'reference'"],
  ['POST /images/prune?filters={"until":["1","2"]}', 400, "more than one until filter specified"],
  ["POST /v1.24/images/prune", 400, "POST /images/prune requires minimum API version 1.25"],
  ["GET /v1.54/images/a/attestations", 400, "GET /images/{name:.*}/attestations requires minimum API version 1.55"],
  [`GET /images/a/attestations?platform=${P}&platform=${P}`, 400, "only one platform value is currently supported"],
  [
    "POST /images/create?fromSrc=-&platform=a/b/c/d/e",
    400,
    `"d/e" is an invalid component of "a/b/c/d/e": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument`,
  ],
  ["POST /images/create", 500, 'Get "http:": http: no Host in request URL'],
  ["POST /images/create?fromSrc=ftp://x/y", 500, 'Get "ftp://x/y": unsupported protocol scheme "ftp"'],
  [
    "POST /images/create?fromSrc=169.254.169.254/y",
    403,
    'cannot fetch "http://169.254.169.254/y": 169.254.169.254 is not an address to fetch from',
  ],
  ["POST /build/cancel", 400, "build ID not provided"],
  [
    "POST /build/prune?keep-storage=x",
    400,
    `keep-storage is in bytes and expects an integer, got x: strconv.Atoi: parsing "x": invalid syntax`,
  ],
  [
    "POST /build/prune?max-used-space=1.5",
    400,
    `max-used-space is in bytes and expects an integer, got 1.5: strconv.Atoi: parsing "1.5": invalid syntax`,
  ],
  ['POST /build/prune?filters={"x":["1"]}', 400, `${BUILD_CACHE} invalid filter 'x'`],
  ['POST /build/prune?filters={"until":["1","2"]}', 400, `${BUILD_CACHE} filters expect only one value`],
  ['POST /build/prune?filters={"until":["1h"],"unused-for":["1h"]}', 400, `${BUILD_CACHE} conflicting filters: "until" and "unused-for"`],
  [
    'POST /build/prune?filters={"until":["zz"]}',
    400,
    `${BUILD_CACHE} "until" filter expects a duration (e.g., '24h') or a timestamp: failed to parse value as time or duration: "zz"`,
  ],
  ["POST /v1.30/build/prune", 400, "POST /build/prune requires minimum API version 1.31"],
  ["GET /system/df?type=zz", 400, "unknown object type: zz"],
  ["GET /events?since=x", 400, `invalid value for 'since': invalid timestamp "x": invalid seconds "x": invalid syntax`],
  ["GET /events?since=10&until=5", 400, "`since` time (10) cannot be after `until` time (5)"],
  ["GET /events?filters=x", 400, "invalid filter"],
  ["GET /containers/abc/json", 404, "No such container: abc"],
  ["POST /containers/abc/start", 404, "No such container: abc"],
  ['GET /containers/json?filters={"x":["y"]}', 400, "invalid filter 'x'"],
  ["GET /exec/abc/json", 404, "No such exec instance: abc"],
  ["GET /volumes/x", 404, "get x: no such volume"],
  ["DELETE /networks/bridge", 403, "bridge is a pre-defined network and cannot be removed"],
  ['GET /networks?filters={"type":["x"]}', 400, "invalid filter: 'type'='x'"],
  ["GET /networks/x", 404, "network x not found"],
  ["POST /commit?container=x", 404, "No such container: x"],
  ["POST /commit", 400, 'invalid name or ID supplied: ""'],
  ["POST /containers/create", 400, "invalid JSON: got EOF while reading request body"],
  [
    "POST /networks/bridge/connect",
    501,
    `connecting containers to the network bridge, or disconnecting them, ${VERSION} a container keeps the network it was made with`,
  ],
  ["POST /networks/nope/disconnect", 404, "network nope not found"],
  ["POST /volumes/create", 501, `creating volumes ${VERSION} volumes have no names yet; give containers directories of the machine`],
  ["POST /auth", 400, "invalid JSON: got EOF while reading request body"],
  ["GET /v1.29/distribution/a/b/json", 400, "GET /distribution/{name:.*}/json requires minimum API version 1.30"],
];

for (const [line, status, message] of REFUSED) {
  test(`${line} is refused with ${status}`, async () => {
    const reply = await api.ask(escaped(line));
    assert.deepEqual(
      [reply.status, reply.text, reply.headers["content-type"], reply.headers["api-version"]],
      [status, `${JSON.stringify({ message })}\n`, "application/json", "1.55"],
    );
  });
}

const ANSWERED: readonly [line: string, status: number, text: string][] = [
  ["GET /images/json", 200, "[]\n"],
  ["POST /images/a/tag", 200, ""],
  ["POST /images/a/tag?repo=b", 201, ""],
  ["POST /images/prune", 200, '{"ImagesDeleted":null,"SpaceReclaimed":0}\n'],
  ["POST /build/prune?keep-storage=10&filters=", 200, '{"CachesDeleted":null,"SpaceReclaimed":0}\n'],
  ["POST /v1.47/build/prune?reserved-space=y", 200, '{"CachesDeleted":null,"SpaceReclaimed":0}\n'],
  ["POST /build/cancel?id=x", 200, ""],
  ["GET /containers/json?all=1", 200, "[]\n"],
  ["GET /volumes", 200, '{"Volumes":[],"Warnings":null}\n'],
  ['GET /networks?filters={"type":["custom"]}', 200, "[]\n"],
];

for (const [line, status, text] of ANSWERED) {
  test(`${line} is answered with ${status}`, async () => {
    const reply = await api.ask(line);
    assert.deepEqual([reply.status, reply.text], [status, text]);
  });
}
