import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import { Registries } from "../registries.ts";

let index: HostileRegistry;
before(async () => {
  index = await startHostileRegistry();
});
after(() => index[Symbol.asyncDispose]());

const FOUND = JSON.stringify({
  num_results: 2,
  results: [
    { name: "library/a", description: "d", star_count: 5, is_official: true, is_trusted: false },
    { name: "b/c", star_count: "many", is_official: "yes" },
    "nonsense",
  ],
});

test("docker.io is searched at its index, other registries at their own, and strangers' answers are made sense of", async () => {
  await using registries = Registries.open({ hub: { registry: "http://127.0.0.1:9", index: index.origin } });
  index.play((_, reply) => reply.send(200, { "content-type": "application/json" }, FOUND));
  const expected = [
    { name: "library/a", description: "d", stars: 5, isOfficial: true },
    { name: "b/c", description: "", stars: 0, isOfficial: false },
  ];
  assert.deepEqual(await registries.search({ term: "library/a b", limit: 3, headers: { "x-meta-a": "1" } }), expected);
  await registries.search({ term: `${index.host}/some/thing` });
  assert.deepEqual(index.asked(), ["GET /v1/search?q=a+b&n=3", "GET /v1/search?q=some%2Fthing&n=25"]);
  assert.deepEqual([index.requests[0]?.headers["x-docker-token"], index.requests[0]?.headers["x-meta-a"]], ["true", "1"]);
});

test("an account is shown to its own index alone", async () => {
  await using registries = Registries.open({ hub: { index: index.origin } });
  index.play((_, reply) => reply.send(200, {}, '{"results":null}'));
  const alice = { username: "alice", password: "secret" };
  await registries.search({ term: "x", credentials: { ...alice, serverAddress: "https://index.docker.io/v1/" } });
  await registries.search({ term: "x", credentials: { ...alice, serverAddress: "registry.example" } });
  await registries.search({ term: `${index.host}/x`, credentials: { ...alice, serverAddress: "docker.io" } });
  const authorizations = index.requests.map(({ headers }) => headers.authorization);
  assert.deepEqual(authorizations, [`Basic ${Buffer.from("alice:secret").toString("base64")}`, undefined, undefined]);
});

test("what cannot be searched says so", async () => {
  await using registries = Registries.open({ hub: { index: index.origin }, retry: { requestAttempts: 1 } });
  index.play((_, reply) => reply.send(404));
  await assert.rejects(registries.search({ term: "x" }), { kind: "internal", message: "Unexpected status code 404" });
  await assert.rejects(registries.search({ term: "https://x/y" }), {
    kind: "invalid-argument",
    message: "invalid repository name: repository name (https://x/y) should not have a scheme",
  });
  await using away = Registries.open({ hub: { index: "http://127.0.0.1:9" }, retry: { requestAttempts: 1 } });
  await assert.rejects(away.search({ term: "x" }), {
    message: 'Get "http://127.0.0.1:9/v1/search?q=x&n=25": dial tcp 127.0.0.1:9: connect: connection refused',
  });
});
