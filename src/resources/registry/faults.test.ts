import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHostileRegistry } from "../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileReply, HostileRequest, HostileScript } from "../../../test/fixtures/hostile-registry.ts";
import { digestOf, MEDIA_TYPE, parseReference } from "#oci";
import type { Descriptor } from "#oci";
import type { RegistryConfig } from "./registry-config.ts";
import { Registries } from "./registries.ts";
import type { Repository } from "./repository.ts";
import type { RepositoryOptions, RetryNotice } from "./types.ts";

const BLOB = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
const blob: Descriptor = { mediaType: MEDIA_TYPE.ociLayer, digest: digestOf(BLOB), size: BLOB.byteLength };
const config = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf("{}"), size: 2 };
const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociManifest, config, layers: [blob] });
const manifest: Descriptor = { mediaType: MEDIA_TYPE.ociManifest, digest: digestOf(MANIFEST), size: MANIFEST.length };
const typed = { "content-type": MEDIA_TYPE.ociManifest };

let registry: HostileRegistry;
let slept: number[] = [];
before(async () => {
  registry = await startHostileRegistry();
});
after(() => registry[Symbol.asyncDispose]());

const CONFIG: RegistryConfig = {
  timeouts: { connect: 500, response: 300, idle: 200 },
  clock: {
    now: () => Date.now(),
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  },
};

/** One repository of the hostile registry, while `use` runs. */
async function against<T>(script: HostileScript, use: (repository: Repository) => Promise<T>, options: RepositoryOptions = {}): Promise<T> {
  registry.play(script);
  slept = [];
  await using registries = Registries.open(CONFIG);
  return await use(registries.repository(parseReference(`${registry.host}/t/app`), options));
}

async function read(repository: Repository, offset = 0): Promise<Buffer> {
  const { stream } = await repository.fetchBlob(blob, { offset });
  return Buffer.concat(await Array.fromAsync(stream));
}

const resolve = (repository: Repository): Promise<unknown> => repository.resolve("v1");
const fetchByDigest = (repository: Repository): Promise<unknown> => repository.fetchManifest(manifest);
const fetchByTag = (repository: Repository): Promise<unknown> => repository.fetchManifest("v1");

function startOf({ headers }: HostileRequest): number {
  return Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? "0");
}

/** As registries do it: all, or the rest from where it was asked. */
function serveBlob(request: HostileRequest, reply: HostileReply): void {
  const start = startOf(request);
  const range = { "content-range": `bytes ${start}-${BLOB.byteLength - 1}/${BLOB.byteLength}` };
  reply.send(request.headers.range === undefined ? 200 : 206, request.headers.range === undefined ? {} : range, BLOB.subarray(start));
}

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
  await assert.rejects(against(script, resolve), { kind: "unavailable", message: "toomanyrequests: slow down" });
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
  assert.deepEqual(slept, [7000, 7000]);
  assert.deepEqual(
    told.map(({ operation, attempt }) => [operation, attempt]),
    [
      ["fetch the manifest", 2],
      ["fetch the manifest", 3],
    ],
  );
});

test("a transfer that is refused again and again waits longer each time, then fails", async () => {
  const told: RetryNotice[] = [];
  await assert.rejects(
    against((_, reply) => reply.send(502), read, { onRetry: (notice) => told.push(notice) }),
    { message: "received unexpected HTTP status: 502 Bad Gateway" },
  );
  assert.equal(registry.requests.length, 5);
  assert.deepEqual(
    slept.map((ms) => Math.floor(ms / 5000)),
    [1, 2, 3, 4],
  );
  assert.deepEqual(
    told.map(({ attempt, attempts, digest }) => [attempt, attempts, digest]),
    [2, 3, 4, 5].map((attempt) => [attempt, 5, blob.digest]),
  );
});

for (const percent of [1, 50, 99]) {
  test(`a connection that breaks at ${percent} % is taken up where it broke`, async () => {
    const cut = Math.floor((BLOB.byteLength * percent) / 100);
    const script: HostileScript = (request, reply) =>
      request.headers.range === undefined
        ? reply.sendBroken(200, { "content-length": String(BLOB.byteLength) }, BLOB.subarray(0, cut))
        : serveBlob(request, reply);
    assert.ok((await against(script, read)).equals(BLOB));
    assert.deepEqual(
      registry.requests.map(({ headers }) => headers.range),
      [undefined, `bytes=${cut}-`],
    );
  });
}

test("a blob whose length is not announced still has to have it", async () => {
  const short: HostileScript = (request, reply) =>
    reply.send(
      request.headers.range === undefined ? 200 : 206,
      { "transfer-encoding": "chunked", "content-length": [] },
      BLOB.subarray(0, 10),
    );
  await assert.rejects(against(short, read), { message: /^short read: expected 200000 bytes but got \d+: unexpected EOF$/ });
  await assert.rejects(
    against((_, reply) => reply.flood(200, {}), read),
    { message: new RegExp(`sends more than the 200000 bytes of ${blob.digest}$`) },
  );
});

test("a length that cannot be right is refused before its bytes", async () => {
  for (const wrong of [BLOB.subarray(1), Buffer.concat([BLOB, BLOB])]) {
    await assert.rejects(
      against((_, reply) => reply.send(200, {}, wrong), read),
      { message: /announces \d+ bytes for sha256:.*, expected 200000$/ },
    );
    assert.equal(registry.requests.length, 1);
  }
});

/** What a registry may answer to a range, all of which end with the right bytes. */
const RANGES: readonly (readonly [name: string, HostileScript])[] = [
  ["ignores it", (_, reply) => reply.send(200, {}, BLOB)],
  [
    "says 416",
    (request, reply) =>
      request.headers.range === undefined ? reply.send(200, {}, BLOB) : reply.send(416, { "content-range": `bytes */${BLOB.byteLength}` }),
  ],
  [
    "says 206 without a range",
    (request, reply) => (request.headers.range === undefined ? reply.send(200, {}, BLOB) : reply.send(206, {}, BLOB.subarray(1000))),
  ],
  [
    "begins one byte off",
    (request, reply) =>
      request.headers.range === undefined
        ? reply.send(200, {}, BLOB)
        : reply.send(206, { "content-range": `bytes 1001-199999/200000` }, BLOB.subarray(1001)),
  ],
  [
    "gives less than was asked for",
    (request, reply) =>
      request.headers.range === undefined
        ? reply.send(200, {}, BLOB)
        : reply.send(206, { "content-range": "bytes 1000-1999/200000" }, BLOB.subarray(1000, 2000)),
  ],
];

for (const [name, script] of RANGES) {
  test(`a fetch from the middle comes out right when the registry ${name}`, async () => {
    assert.ok((await against(script, (repository) => read(repository, 1000))).equals(BLOB.subarray(1000)));
  });
}

test("a part that was not asked for is refused", async () => {
  await assert.rejects(
    against((_, reply) => reply.send(206, { "content-range": "bytes 5-199999/200000" }, BLOB.subarray(5)), read),
    { message: /answered with a part that was not asked for$/ },
  );
});

test("a blob that stalls is given up, and taken up again", async () => {
  const script: HostileScript = (request, reply) =>
    request.before === 0 ? reply.trickle(200, { "content-length": String(BLOB.byteLength) }, 40) : serveBlob(request, reply);
  const got = await against(script, read);
  assert.equal(got.byteLength, BLOB.byteLength);
  assert.ok(registry.requests.length >= 2);
});

test("leaving early closes the connection", async () => {
  await against(
    (_, reply) => reply.flood(200, { "content-length": String(BLOB.byteLength) }),
    async (repository) => {
      for await (const chunk of (await repository.fetchBlob(blob)).stream) {
        assert.ok(chunk.byteLength > 0);
        break;
      }
    },
  );
});

test("an abort ends a stalled fetch as cancelled", async () => {
  const control = new AbortController();
  await against(
    (_, reply) => reply.trickle(200, {}, 10),
    async (repository) => {
      const { stream } = await repository.fetchBlob(blob, { signal: control.signal });
      const reading = Array.fromAsync(stream);
      setImmediate(() => control.abort());
      await assert.rejects(reading, { kind: "cancelled", message: "context canceled" });
    },
  );
});

/** A token server and a registry in one, so that both can misbehave. */
function withTokens(tokens: HostileScript, rest: HostileScript): HostileScript {
  return (request, reply) => {
    if (request.path.startsWith("/token")) tokens(request, reply);
    else if (request.headers.authorization === undefined)
      reply.send(401, { "www-authenticate": `Bearer realm="${registry.origin}/token",service="s"` });
    else rest(request, reply);
  };
}
const alice = { credentials: { username: "alice", password: "pass word secret" } };

test("a 401 in the middle of a download is answered by one new token", async () => {
  let count = 0;
  const script = withTokens(
    (_, reply) => reply.send(200, {}, JSON.stringify({ token: `token-${(count += 1)}` })),
    (request, reply) => {
      if (request.headers.range === undefined) reply.sendBroken(200, { "content-length": String(BLOB.byteLength) }, BLOB.subarray(0, 1000));
      else if (request.headers.authorization === "Bearer token-1")
        reply.send(401, { "www-authenticate": `Bearer realm="${registry.origin}/token",service="s",error="invalid_token"` });
      else serveBlob(request, reply);
    },
  );
  assert.ok((await against(script, read, alice)).equals(BLOB));
  assert.equal(count, 2);
});

test("a registry that never lets anybody in is asked a few times, not for ever", async () => {
  const script = withTokens(
    ({ before }, reply) => reply.send(200, {}, JSON.stringify({ token: `t${before}` })),
    (_, reply) => reply.send(401, { "www-authenticate": `Bearer realm="${registry.origin}/token",service="s",error="insufficient_scope"` }),
  );
  await assert.rejects(against(script, resolve, alice), {
    kind: "forbidden",
    message: /^denied: requested access to the resource is denied/,
  });
  assert.ok(registry.requests.length <= 8, registry.asked().join("\n"));
});

const TOKEN_FAULTS: readonly (readonly [string, HostileScript, object])[] = [
  ["is down", (_, reply) => reply.send(503), { message: "received unexpected HTTP status: 503 Service Unavailable" }],
  ["gives none", (_, reply) => reply.send(200, {}, "{}"), { message: "authorization server did not include a token in the response" }],
  ["gives no JSON", (_, reply) => reply.send(200, {}, "<html>"), { message: /^unable to decode token response/ }],
  [
    "gives one with a line break",
    (_, reply) => reply.send(200, {}, '{"token":"a\\r\\nx-evil: 1"}'),
    { message: /token of impossible form$/ },
  ],
  [
    "refuses",
    (_, reply) => reply.send(401, { "content-type": "application/json" }, '{"details":"no"}'),
    { kind: "unauthorized", message: /: unauthorized: no$/ },
  ],
  ["never stops", (_, reply) => reply.flood(200, {}), { message: /^unable to decode token response/ }],
];
for (const [name, tokens, expected] of TOKEN_FAULTS) {
  test(`a token server that ${name}: one clear error`, async () => {
    await assert.rejects(
      against(
        withTokens(tokens, (_, reply) => reply.send(200)),
        resolve,
        alice,
      ),
      expected,
    );
  });
}

test("what a registry says back of our secrets does not come out", async () => {
  const script: HostileScript = ({ headers }, reply) =>
    headers.authorization === undefined
      ? reply.send(401, { "www-authenticate": "Basic realm=x" })
      : reply.send(403, { "content-type": "text/plain" }, `you sent ${headers.authorization} and pass word secret`);
  const failed: unknown = await against(script, resolve, alice).catch((error: unknown) => error);
  assert.ok(failed instanceof Error);
  assert.equal(failed.message, "denied: you sent Basic xxxxx and xxxxx");
});

test("credentials go neither to another host by redirect nor to one whose 401 asks for them", async () => {
  await using cdn = await startHostileRegistry((request, reply) =>
    request.path === "/blob" ? serveBlob(request, reply) : reply.send(401, { "www-authenticate": "Basic realm=cdn" }),
  );
  const script = withTokens(
    (_, reply) => reply.send(200, {}, '{"token":"secret-token"}'),
    (_, reply) => reply.send(307, { location: `${cdn.origin}/blob` }),
  );
  assert.ok((await against(script, (repository) => read(repository, 5), alice)).equals(BLOB.subarray(5)));
  const greedy = withTokens(
    (_, reply) => reply.send(200, {}, '{"token":"secret-token"}'),
    (_, reply) => reply.send(302, { location: `${cdn.origin}/greedy` }),
  );
  await assert.rejects(against(greedy, read, alice), { kind: "unauthorized" });
  assert.deepEqual(
    cdn.requests.map(({ path, headers }) => [path, headers.authorization, headers.range]),
    [
      ["/blob", undefined, "bytes=5-"],
      ["/greedy", undefined, undefined],
    ],
  );
});

test("pages that lead away or in a circle end with an error", async () => {
  const away: HostileScript = (_, reply) => reply.send(200, { link: '<http://127.0.0.2/v2/x>; rel="next"' }, '{"tags":["a"]}');
  await assert.rejects(
    against(away, (repository) => repository.listTags()),
    { message: /the next page of .* is not at the same host$/ },
  );
  const circle: HostileScript = ({ path }, reply) => reply.send(200, { link: `<${path}>; rel="next"` }, '{"tags":["a"]}');
  await assert.rejects(
    against(circle, (repository) => repository.listTags()),
    { message: /the pages of .* do not end$/ },
  );
  await assert.rejects(
    against(
      (_, reply) => reply.send(200, {}, '{"tags":["a b"]}'),
      (repository) => repository.listTags(),
    ),
    { message: /names "a b", which is no name$/ },
  );
  const many: HostileScript = ({ before }, reply) =>
    reply.send(
      200,
      { link: `</v2/t/app/tags/list?p=${before + registry.requests.length}>; rel="next"` },
      `{"tags":["t${registry.requests.length}"]}`,
    );
  await assert.rejects(
    against(many, (repository) => repository.listTags({ limit: 5 })),
    { message: /has more than 5$/ },
  );
  assert.deepEqual(
    await against(
      (_, reply) => reply.send(200, {}, '{"tags":null}'),
      (repository) => repository.listTags(),
    ),
    [],
  );
});

test("pages are followed to the last", async () => {
  const script: HostileScript = ({ path }, reply) =>
    path.includes("last=b")
      ? reply.send(200, {}, '{"tags":["c"]}')
      : reply.send(200, { link: '</v2/t/app/tags/list?last=b&n=2>; rel="next"' }, '{"tags":["a","b"]}');
  assert.deepEqual(await against(script, (repository) => repository.listTags()), ["a", "b", "c"]);
});

test("referrers come from the API, filtered here too, or from the tag that stands in for it", async () => {
  const list = [
    { ...manifest, artifactType: "a/b" },
    { ...config, artifactType: "c/d" },
  ];
  const document = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: list });
  const byTag: HostileScript = ({ path }, reply) =>
    path.endsWith(`/manifests/${manifest.digest.replace(":", "-")}`)
      ? reply.send(200, { "content-type": MEDIA_TYPE.ociIndex }, document)
      : reply.send(404);
  for (const script of [
    byTag,
    ((_, reply) => reply.send(200, { "content-type": MEDIA_TYPE.ociIndex }, document)) satisfies HostileScript,
  ]) {
    const found = await against(script, (repository) => repository.referrers(manifest.digest, { artifactType: "a/b" }));
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [manifest.digest],
    );
  }
});
