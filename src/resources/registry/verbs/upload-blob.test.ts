import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import type { HostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileReply, HostileRequest, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf, MEDIA_TYPE } from "#oci";
import type { Repository } from "../repository.ts";
import type { UploadOptions } from "../types.ts";

const BLOB = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const UPLOADS = "/v2/t/app/blobs/uploads/";

let registry: HostileRegistry;
let against: HostileRepository["against"];
before(async () => {
  registry = await startHostileRegistry();
  ({ against } = hostileRepository(registry));
});
after(() => registry[Symbol.asyncDispose]());

async function upload(repository: Repository, bytes = BLOB, options: UploadOptions = {}): Promise<readonly number[]> {
  const offsets: number[] = [];
  const blob = { mediaType: MEDIA_TYPE.ociLayer, digest: digestOf(bytes), size: bytes.byteLength };
  const source = async function* (offset: number): AsyncGenerator<Uint8Array> {
    offsets.push(offset);
    for (let at = offset; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
  };
  await repository.uploadBlob(blob, source, options);
  return offsets;
}

/** What an upload of one session comes to, in the order of arrival. */
function storedBy(requests: readonly HostileRequest[], session: string): Buffer {
  return Buffer.concat(requests.filter(({ path, method }) => path.startsWith(session) && method !== "GET").map(({ body }) => body));
}

/** A registry of good will: sessions are `/s1`, `/s2`, … */
function accept({ method, path }: HostileRequest, reply: HostileReply): void {
  const posts = registry.requests.filter((request) => request.method === "POST").length;
  if (method === "POST" && path.startsWith(UPLOADS)) reply.send(202, { location: `/s${posts}?state=x%2Fy` });
  else if (method === "PATCH") reply.send(202, { location: path });
  else if (method === "PUT") reply.send(201);
}

test("a blob goes in one request, to the place that was named, with its state untouched", async () => {
  const progress: number[] = [];
  await against(accept, (repository) => upload(repository, BLOB, { onProgress: (sent) => progress.push(sent) }));
  assert.deepEqual(registry.asked(), [`POST ${UPLOADS}`, `PUT /s1?state=x%2Fy&digest=${encodeURIComponent(digestOf(BLOB))}`]);
  assert.ok(registry.requests[1]?.body.equals(BLOB));
  assert.deepEqual([progress.at(0), progress.at(-1)], [0, BLOB.byteLength]);
});

test("an empty blob is stored too", async () => {
  await against(accept, (repository) => upload(repository, Buffer.alloc(0)));
  assert.equal(registry.requests.at(-1)?.headers["content-length"], "0");
});

test("after a break the upload goes on behind what the registry has", async () => {
  const script: HostileScript = (request, reply) => {
    if (request.method === "PUT" && request.body.byteLength === BLOB.byteLength) reply.reset();
    else if (request.method === "GET") reply.send(204, { range: "0-99999", location: "/s1?again" });
    else accept(request, reply);
  };
  const offsets = await against(script, upload);
  assert.deepEqual(offsets, [0, 100_000]);
  const patch = registry.requests.find(({ method }) => method === "PATCH");
  assert.deepEqual([patch?.path, patch?.headers["content-range"]], ["/s1?again", "100000-299999"]);
  assert.ok(patch?.body.equals(BLOB.subarray(100_000)));
});

test("a session that is lost is begun anew", async () => {
  const lost = '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"blob upload unknown to registry"}]}';
  const script: HostileScript = (request, reply) => {
    if (request.path.startsWith("/s1")) reply.send(404, { "content-type": "application/json" }, lost);
    else accept(request, reply);
  };
  await against(script, upload);
  assert.ok(storedBy(registry.requests, "/s2").equals(BLOB));
});

test("a gateway with a limit gets smaller pieces", async () => {
  const large = Buffer.alloc(9 * 1024 * 1024, "x");
  const script: HostileScript = (request, reply) => (request.body.byteLength > 8 * 1024 * 1024 ? reply.send(413) : accept(request, reply));
  await against(script, (repository) => upload(repository, large));
  const last = registry.requests.filter(({ method }) => method === "PATCH").map(({ headers }) => headers["content-range"]);
  assert.deepEqual(last, ["0-8388607", "8388608-9437183"]);
});

test("what cannot work fails with its reason, and the session is cancelled", async () => {
  const denied = '{"errors":[{"code":"DENIED","message":"quota exceeded","detail":{}}]}';
  const cases: readonly (readonly [HostileScript, object])[] = [
    [
      (_, reply) => reply.send(403, { "content-type": "application/json" }, denied),
      { kind: "forbidden", message: "denied: quota exceeded" },
    ],
    [({ method }, reply) => (method === "POST" ? reply.send(202) : reply.send(201)), { message: /does not say where to$/ }],
    [
      ({ method }, reply) => (method === "POST" ? reply.send(202, { location: "ftp://x/" }) : reply.send(201)),
      { message: /sends it to ftp:/ },
    ],
    [
      (request, reply) =>
        request.method === "PUT" ? reply.send(201, { "docker-content-digest": digestOf("other") }) : accept(request, reply),
      { message: new RegExp(`stored ${digestOf("other")}, expected ${digestOf(BLOB)}$`) },
    ],
    [
      (request, reply) => (request.method === "PUT" ? reply.send(500) : accept(request, reply)),
      { message: /^received unexpected HTTP status: 500/ },
    ],
    [(request, reply) => (request.method === "PUT" ? reply.send(202) : accept(request, reply)), {}],
  ];
  for (const [script, expected] of cases) {
    await assert.rejects(against(script, upload), { name: "EngineError", ...expected });
    assert.ok(registry.requests.length <= 24, registry.asked().join("\n"));
  }
});

test("an abort cancels the upload at the registry", async () => {
  const control = new AbortController();
  const script: HostileScript = (request, reply) => {
    if (request.method === "PUT") {
      control.abort();
      reply.ignore();
    } else accept(request, reply);
  };
  await assert.rejects(
    against(script, (repository) => upload(repository, BLOB, { signal: control.signal })),
    { kind: "cancelled" },
  );
  assert.match(registry.asked().at(-1) ?? "", /^DELETE \/s\d\?state=x%2Fy$/);
});

test("a token that is over at the last request is renewed, and the bytes are sent again", async () => {
  const challenge = { "www-authenticate": `Bearer realm="${registry.origin}/token",service="s"` };
  const script: HostileScript = (request, reply) => {
    const { authorization } = request.headers;
    if (request.path.startsWith("/token")) reply.send(200, {}, `{"token":"t${request.before}"}`);
    else if (authorization === undefined || (request.method === "PUT" && authorization === "Bearer t0")) reply.send(401, challenge);
    else accept(request, reply);
  };
  const offsets = await against(script, upload, { credentials: { username: "a", password: "b" } });
  assert.deepEqual(offsets, [0, 0]);
});

test("an upload to another host carries no credentials, and its 401 gets none", async () => {
  await using storage = await startHostileRegistry((_, reply) => reply.send(401, { "www-authenticate": "Basic realm=storage" }));
  const script: HostileScript = (request, reply) => {
    if (request.headers.authorization === undefined) reply.send(401, { "www-authenticate": "Basic realm=x" });
    else reply.send(202, { location: `${storage.origin}/put` });
  };
  await assert.rejects(against(script, upload, { credentials: { username: "a", password: "secret" } }), { kind: "unauthorized" });
  assert.ok(storage.requests.every(({ headers }) => headers.authorization === undefined));
  assert.equal(storage.requests[0]?.method, "PUT");
});

test("a mount that is refused leaves an upload that is used", async () => {
  await against(accept, async (repository) => {
    assert.equal(await repository.mountBlob(digestOf(BLOB), "t/base"), false);
    await upload(repository);
  });
  assert.deepEqual(
    registry.requests.map(({ method }) => method),
    ["POST", "PUT"],
  );
});

test("a manifest that the registry changed is an error", async () => {
  const script: HostileScript = (_, reply) => reply.send(201, { "docker-content-digest": digestOf("changed") });
  const put = (repository: Repository): Promise<unknown> => repository.putManifest(Buffer.from("{}"), MEDIA_TYPE.ociManifest, "v1");
  await assert.rejects(against(script, put), { message: new RegExp(`stored ${digestOf("changed")}, expected ${digestOf("{}")}$`) });
  const rejected = '{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid","detail":{}}]}';
  await assert.rejects(
    against((_, reply) => reply.send(400, { "content-type": "application/json" }, rejected), put),
    {
      kind: "invalid-argument",
      message: "manifest invalid: manifest invalid",
    },
  );
});
