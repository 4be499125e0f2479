import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import type { HostileRepository } from "../../../../test/fixtures/hostile-repository.ts";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileReply, HostileRequest, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { digestOf, MEDIA_TYPE } from "#oci";
import type { Descriptor } from "#oci";
import { detailsOf } from "../failure.ts";
import { Registries } from "../registries.ts";
import type { Repository } from "../repository.ts";

const BLOB = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
const blob: Descriptor = { mediaType: MEDIA_TYPE.ociLayer, digest: digestOf(BLOB), size: BLOB.byteLength };

let registry: HostileRegistry;
let against: HostileRepository["against"];
before(async () => {
  registry = await startHostileRegistry();
  ({ against } = hostileRepository(registry));
});
after(() => registry[Symbol.asyncDispose]());

const resolve = (repository: Repository): Promise<unknown> => repository.resolve("v1");

async function read(repository: Repository, offset = 0): Promise<Buffer> {
  const { stream } = await repository.fetchBlob(blob, { offset });
  return Buffer.concat(await Array.fromAsync(stream));
}

/** As registries do it: all, or the rest from where it was asked. */
function serveBlob({ headers }: HostileRequest, reply: HostileReply): void {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? "0");
  const range = { "content-range": `bytes ${start}-${BLOB.byteLength - 1}/${BLOB.byteLength}` };
  reply.send(headers.range === undefined ? 200 : 206, headers.range === undefined ? {} : range, BLOB.subarray(start));
}

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

test("nor does what a token server says back of a login, which is told with whose credentials it was", async () => {
  registry.play(
    withTokens(
      ({ headers }, reply) => reply.send(401, { "content-type": "text/plain" }, `you sent ${headers.authorization}`),
      (_, reply) => reply.send(200),
    ),
  );
  await using registries = Registries.open();
  const failed: unknown = await registries.login(registry.host, alice.credentials).catch((error: unknown) => error);
  assert.ok(failed instanceof Error);
  assert.equal(failed.message, `Get "${registry.origin}/v2/": unauthorized: you sent Basic xxxxx`);
  assert.equal(detailsOf(failed).credentials, 'user "alice"');
});

test("credentials go neither to another host by redirect nor to one whose 401 asks for them", async () => {
  await using cdn = await startHostileRegistry((request, reply) =>
    request.path === "/blob"
      ? serveBlob(request, reply)
      : reply.send(401, { "www-authenticate": `Bearer realm="http://${request.headers.host}/token",service="cdn"` }),
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
  const twice = async (repository: Repository): Promise<Buffer> => {
    await assert.rejects(read(repository));
    // Now with a token from the start, which the other host refuses first.
    return read(repository);
  };
  await assert.rejects(against(greedy, twice, alice), { kind: "unauthorized" });
  assert.deepEqual(
    cdn.requests.map(({ path, headers }) => [path, headers.authorization, headers.range]),
    [
      ["/blob", undefined, "bytes=5-"],
      ["/greedy", undefined, undefined],
      ["/greedy", undefined, undefined],
    ],
  );
});
