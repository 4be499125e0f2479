import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import type { HostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileReply, HostileRequest, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf } from "#oci";
import type { GrowingBlob, StreamOptions } from "#registry";
import type { Repository } from "../repository.ts";

const BLOB = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const LARGE = Buffer.alloc(9 * 1024 * 1024, "large");
const LABEL = digestOf("label");
const UPLOADS = "/v2/t/app/blobs/uploads/";

let registry: HostileRegistry;
let against: HostileRepository["against"];
before(async () => {
  registry = await startHostileRegistry();
  ({ against } = hostileRepository(registry));
});
after(() => registry[Symbol.asyncDispose]());

/** Tells its digest only to who has read it all. */
function growing(bytes: Uint8Array): GrowingBlob {
  let isRead = false;
  return {
    get result() {
      assert.ok(isRead);
      return { digest: digestOf(bytes), size: bytes.byteLength };
    },
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.byteLength; at += 65_536) yield await Promise.resolve(bytes.subarray(at, at + 65_536));
      isRead = true;
    },
  };
}

/** How often the bytes were begun. */
async function upload(repository: Repository, bytes = BLOB, options: Partial<StreamOptions> = {}): Promise<number> {
  let opened = 0;
  const open = (): GrowingBlob => {
    opened += 1;
    return growing(bytes);
  };
  const result = await repository.uploadStream(open, { label: LABEL, unmounted: undefined, ...options });
  assert.deepEqual(result, { digest: digestOf(bytes), size: bytes.byteLength });
  return opened;
}

function patches(session: string): HostileRequest[] {
  return registry.requests.filter(({ path, method }) => path.startsWith(session) && method === "PATCH");
}

function accept({ method, path }: HostileRequest, reply: HostileReply): void {
  const posts = registry.requests.filter((request) => request.method === "POST").length;
  if (method === "POST" && path.startsWith(UPLOADS)) reply.send(202, { location: `/s${posts}` });
  else if (method === "PATCH") reply.send(202, { location: path });
  else if (method === "PUT") reply.send(201);
  else reply.send(404);
}

test("a blob of unknown digest goes in one request without a length, and its digest in the last", async () => {
  await against(accept, upload);
  const put = `PUT /s1?digest=${encodeURIComponent(digestOf(BLOB))}`;
  assert.deepEqual(registry.asked(), [`POST ${UPLOADS}`, "PATCH /s1", put]);
  const [patch] = patches("/s1");
  assert.ok(patch?.body.equals(BLOB));
  assert.equal(patch?.headers["content-length"], undefined);
  assert.equal(registry.requests.at(-1)?.body.byteLength, 0);
});

test("after a break the same bytes are made again, and those that the registry has are left out", async () => {
  const notices: unknown[] = [];
  const script: HostileScript = (request, reply) => {
    if (request.method === "PATCH" && request.headers["content-range"] === undefined) reply.reset();
    else if (request.method === "GET") reply.send(204, { range: "0-99999", location: "/s1?again" });
    else accept(request, reply);
  };
  await against(script, upload, { onRetry: ({ digest }) => notices.push(digest) });
  const [, patch] = patches("/s1");
  assert.deepEqual([patch?.path, patch?.headers["content-range"]], ["/s1?again", "100000-299999"]);
  assert.ok(patch?.body.equals(BLOB.subarray(100_000)));
  assert.deepEqual(new Set(notices), new Set([LABEL]));
});

test("a session that is lost is begun anew", async () => {
  const lost = '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"blob upload unknown to registry"}]}';
  const script: HostileScript = (request, reply) => {
    if (request.path.startsWith("/s1")) reply.send(404, { "content-type": "application/json" }, lost);
    else accept(request, reply);
  };
  await against(script, upload);
  assert.ok(patches("/s2")[0]?.body.equals(BLOB));
});

test("a gateway with a limit gets pieces, and a registry that takes less of one gets its rest", async () => {
  const script: HostileScript = (request, reply) => {
    const range = request.headers["content-range"];
    if (request.method !== "PATCH") accept(request, reply);
    else if (range === undefined) reply.send(413);
    else if (range === "0-8388607") reply.send(202, { location: "/s2", range: "0-8000000" });
    else accept(request, reply);
  };
  await against(script, (repository) => upload(repository, LARGE));
  const ranges = patches("/s2").map(({ headers }) => headers["content-range"]);
  assert.deepEqual(ranges, ["0-8388607", "8000001-8388607", "8388608-9437183"]);
});

test("pieces are never larger than what is kept in memory, whatever a registry wants", async () => {
  const script: HostileScript = (request, reply) => {
    if (request.method === "POST") reply.send(202, { location: "/s1", "oci-chunk-min-length": "9007199254740991" });
    else if (request.method === "PATCH" && request.headers["content-range"] === undefined) reply.send(413);
    else accept(request, reply);
  };
  await against(script, (repository) => upload(repository, LARGE));
  const ranges = registry.requests.flatMap(({ headers }) => headers["content-range"] ?? []);
  assert.deepEqual(ranges, [`0-${LARGE.byteLength - 1}`]);
});

test("an upload that a mount left behind is used", async () => {
  await against(accept, async (repository) => {
    assert.equal(await repository.mountBlob(LABEL, "t/base"), false);
    await upload(repository, BLOB, { unmounted: LABEL });
  });
  assert.deepEqual(
    registry.requests.map(({ method }) => method),
    ["POST", "PATCH", "PUT"],
  );
});

test("what is refused for good, and what is aborted, is cancelled at the registry", async () => {
  const denied: HostileScript = (request, reply) => (request.method === "PUT" ? reply.send(403) : accept(request, reply));
  await assert.rejects(against(denied, upload), { kind: "forbidden" });
  assert.equal(registry.asked().at(-1), "DELETE /s1");
  const control = new AbortController();
  const silent: HostileScript = (request, reply) => {
    if (request.method !== "PATCH") return accept(request, reply);
    control.abort();
    reply.ignore();
  };
  await assert.rejects(
    against(silent, (repository) => upload(repository, BLOB, { signal: control.signal })),
    { kind: "cancelled" },
  );
  assert.equal(registry.asked().at(-1), "DELETE /s1");
});

test("bytes that cannot be made end the upload with their own error", async () => {
  const open = (): GrowingBlob => ({
    result: { digest: LABEL, size: 0 },
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(BLOB);
      throw new Error("the disk is gone");
    },
  });
  await assert.rejects(
    against(accept, (repository) => repository.uploadStream(open, { label: LABEL, unmounted: undefined })),
    { message: "the disk is gone" },
  );
});
