import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import type { HostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf, MEDIA_TYPE } from "#oci";
import type { Descriptor } from "#oci";
import type { Repository } from "../repository.ts";
import type { RetryNotice } from "../types.ts";

const blob = { mediaType: MEDIA_TYPE.ociLayer, digest: digestOf("layer"), size: 5 };
const config = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf("{}"), size: 2 };
const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [blob] });
const manifest: Descriptor = { mediaType: MEDIA_TYPE.ociManifest, digest: digestOf(MANIFEST), size: MANIFEST.length };
const typed = { "content-type": MEDIA_TYPE.ociManifest };

let registry: HostileRegistry;
let against: HostileRepository["against"];
let slept: readonly number[];
before(async () => {
  registry = await startHostileRegistry();
  ({ against, slept } = hostileRepository(registry));
});
after(() => registry[Symbol.asyncDispose]());

const resolve = (repository: Repository): Promise<unknown> => repository.resolve("v1");
const fetchByDigest = (repository: Repository): Promise<unknown> => repository.fetchManifest(manifest);
const fetchByTag = (repository: Repository): Promise<unknown> => repository.fetchManifest("v1");

const other = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [] });
const both = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [], manifests: [manifest] });
const index = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: [] });

/** What the registry does to a manifest, and the one error that comes of it. */
const MANIFEST_FAULTS: readonly (readonly [name: string, (repository: Repository) => Promise<unknown>, HostileScript, object])[] = [
  [
    "another manifest than was asked for",
    fetchByDigest,
    (_, reply) => reply.send(200, typed, other),
    { kind: "internal", message: `manifest verification failed for digest ${manifest.digest}` },
  ],
  [
    "nothing that could be a manifest",
    fetchByDigest,
    (_, reply) => reply.send(200, typed, "{}"),
    { message: `manifest verification failed for digest ${manifest.digest}` },
  ],
  [
    "a digest header that lies about the body",
    fetchByTag,
    (_, reply) => reply.send(200, { ...typed, "docker-content-digest": digestOf("lie") }, MANIFEST),
    { message: `manifest verification failed for digest ${digestOf("lie")}` },
  ],
  [
    "a digest of the wrong form, which is a path",
    (repository) =>
      repository
        .resolve("v1")
        .then((found) => assert.equal(found.digest, manifest.digest))
        .then(() => Promise.reject(new Error("came through verified"))),
    ({ method }, reply) =>
      reply.send(
        200,
        { ...typed, "content-length": String(MANIFEST.length), "docker-content-digest": "sha256:../../etc" },
        method === "HEAD" ? "" : MANIFEST,
      ),
    { message: "came through verified" },
  ],
  [
    "a manifest that is also an index",
    fetchByTag,
    (_, reply) => reply.send(200, typed, both),
    { kind: "invalid-argument", message: `media-type: "${MEDIA_TYPE.ociManifest}" should not have "manifests" or "fsLayers"` },
  ],
  [
    "an index called a manifest",
    fetchByTag,
    (_, reply) => reply.send(200, typed, index),
    {
      kind: "invalid-argument",
      message: `manifest says its mediaType is "${MEDIA_TYPE.ociIndex}", but it was announced as "${MEDIA_TYPE.ociManifest}"`,
    },
  ],
  [
    "the right bytes under the wrong type",
    fetchByDigest,
    (_, reply) => reply.send(200, { "content-type": MEDIA_TYPE.ociIndex }, MANIFEST),
    { kind: "invalid-argument", message: /serves it as "application\/vnd\.oci\.image\.index\.v1\+json", expected/ },
  ],
  [
    "the page of a proxy",
    fetchByTag,
    (_, reply) => reply.send(200, { "content-type": "text/html; charset=utf-8" }, "<html>welcome</html>"),
    { kind: "invalid-argument", message: /answered with "text\/html", expected a manifest$/ },
  ],
  [
    "a manifest of schema 1",
    fetchByTag,
    (_, reply) => reply.send(200, { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" }, "{}"),
    { message: /^Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed/ },
  ],
  [
    "a manifest without an end",
    fetchByTag,
    (_, reply) => reply.flood(200, typed),
    { kind: "invalid-argument", message: "rejecting 4194305 byte manifest: the limit is 4194304 bytes" },
  ],
  [
    "the announcement of an enormous manifest",
    resolve,
    (_, reply) => reply.send(200, { ...typed, "content-length": "99999999", "docker-content-digest": manifest.digest }),
    { message: "rejecting 99999999 byte manifest: the limit is 4194304 bytes" },
  ],
  [
    "an error of its own",
    resolve,
    (_, reply) => reply.send(500, {}, "panic"),
    { kind: "internal", message: "received unexpected HTTP status: 500 Internal Server Error" },
  ],
  [
    "an error that nobody wrote for machines",
    resolve,
    (_, reply) => reply.send(404, { "content-type": "text/html" }, "<html>NF</html>"),
    { kind: "internal", message: "unknown: <html>NF</html>" },
  ],
  [
    "an error with control characters",
    resolve,
    (_, reply) => reply.send(403, { "content-type": "text/plain" }, "no\u001b[31m\rred"),
    { kind: "forbidden", message: "denied: no\\u001b[31m\\u000dred" },
  ],
  [
    "an error list that is empty",
    resolve,
    (_, reply) => reply.send(400, { "content-type": "application/json" }, '{"errors":[]}'),
    { message: 'error parsing HTTP 400 response body: no error details found in HTTP response body: "{\\"errors\\":[]}"' },
  ],
  [
    "a denial without a word",
    resolve,
    (_, reply) =>
      reply.send(
        403,
        { "content-type": "application/json" },
        '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
      ),
    { kind: "forbidden", message: "denied" },
  ],
  ["a 401 without a way in", resolve, (_, reply) => reply.send(401), { kind: "unauthorized" }],
  ["silence", resolve, (_, reply) => reply.ignore(), { message: /^Get "http:.*\/v2\/": net\/http: timeout awaiting response headers$/ }],
  ["resets", resolve, (_, reply) => reply.reset(), { message: /^Get "http:.*\/v2\/": (?:read: connection reset by peer|unexpected EOF)$/ }],
  ["a body a byte at a time", fetchByTag, (_, reply) => reply.trickle(200, typed, 60), { message: /sent no data for 0 seconds$/ }],
  [
    "redirects in a circle",
    resolve,
    ({ path }, reply) => reply.send(307, { location: path }),
    { message: "cannot resolve the reference: stopped after 10 redirects" },
  ],
  [
    "a redirect to a file",
    resolve,
    (_, reply) => reply.send(302, { location: "file:///etc/passwd" }),
    { message: "cannot resolve the reference: refusing a redirect to file:" },
  ],
  [
    "a redirect to nowhere",
    resolve,
    (_, reply) => reply.send(302),
    { message: "cannot resolve the reference: refusing a redirect without a usable Location" },
  ],
  [
    "a redirect with credentials in it",
    resolve,
    (_, reply) => reply.send(302, { location: "http://u:p@127.0.0.1/" }),
    { message: "cannot resolve the reference: refusing a redirect to a URL with credentials" },
  ],
];

for (const [name, use, script, expected] of MANIFEST_FAULTS) {
  test(`${name}: one clear error`, async () => {
    await assert.rejects(against(script, use), expected);
    assert.ok(registry.requests.length <= 12, `${registry.requests.length} requests`);
  });
}

test("a failed HEAD is followed by the GET that tells the reason", async () => {
  const words = '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down","detail":"x"}]}';
  const script: HostileScript = ({ method }, reply) =>
    reply.send(429, { "content-type": "application/json", "retry-after": "999" }, method === "HEAD" ? "" : words);
  await assert.rejects(against(script, resolve), { kind: "rate-limited", message: "toomanyrequests: slow down" });
  assert.deepEqual(registry.asked(), ["HEAD /v2/t/app/manifests/v1", "GET /v2/t/app/manifests/v1"]);
});

test("a HEAD that is not supported or says too little costs one GET, whose bytes are kept", async () => {
  const script: HostileScript = ({ method }, reply) => (method === "HEAD" ? reply.send(405) : reply.send(200, typed, MANIFEST));
  await against(script, async (repository) => {
    const found = await repository.resolve("v1");
    assert.deepEqual(found, manifest);
    assert.equal(Buffer.from((await repository.fetchManifest(found)).bytes).toString(), MANIFEST);
  });
  assert.equal(registry.requests.length, 2);
});

test("storms of 503 and 429 are waited out, as long as they ask", async () => {
  const script: HostileScript = ({ before }, reply) =>
    before < 2 ? reply.send(before === 0 ? 503 : 429, { "retry-after": "7" }) : reply.send(200, typed, MANIFEST);
  const told: RetryNotice[] = [];
  await against(script, fetchByTag, { onRetry: (notice) => told.push(notice) });
  assert.deepEqual(
    slept,
    Array.from({ length: 14 }, () => 1000),
  );
  assert.deepEqual(
    told.flatMap(({ operation, attempt, delay, seconds }) => (seconds === 1 ? [[operation, attempt, delay]] : [])),
    [
      ["fetch the manifest", 2, 7000],
      ["fetch the manifest", 3, 7000],
    ],
  );
});
