import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHostileRegistry } from "../../../../test/fixtures/hostile-registry.ts";
import type { HostileRegistry, HostileScript } from "../../../../test/fixtures/hostile-registry.ts";
import { Registries } from "../registries.ts";
import type { SearchRequest, SearchResult } from "../types.ts";

let registry: HostileRegistry;
before(async () => {
  registry = await startHostileRegistry();
});
after(() => registry[Symbol.asyncDispose]());

async function search(words: string, script: HostileScript, more: Partial<SearchRequest> = {}): Promise<readonly SearchResult[]> {
  await using registries = Registries.open({ retry: { requestAttempts: 1 } });
  registry.play(script);
  return await registries.search({ term: `${registry.host}/${words}`, ...more });
}

const namesOf = (results: readonly SearchResult[]): string[] => results.map(({ name }) => name);
/** As registries without a search answer; none of these words are JSON. */
const REFUSALS: readonly HostileScript[] = [
  (_, reply) => reply.send(404),
  (_, reply) => reply.send(405),
  (_, reply) => reply.send(200, { "content-type": "text/html" }, "<!doctype html>"),
];

test("where there is no search, the catalog is looked through for the words", async () => {
  for (const refuse of REFUSALS) {
    const found = await search("Word", (request, reply) => {
      if (request.path.startsWith("/v1/")) refuse(request, reply);
      else reply.send(200, {}, JSON.stringify({ repositories: ["a/word", "other", "words/b"] }));
    });
    assert.deepEqual(found, [
      { name: "a/word", description: "", stars: 0, isOfficial: false },
      { name: "words/b", description: "", stars: 0, isOfficial: false },
    ]);
  }
});

test("pages are read until there is enough, and no more than twenty", async () => {
  const endless: HostileScript = ({ path }, reply) => {
    if (path.startsWith("/v1/")) return;
    const page = Number(/page=(\d+)/.exec(path)?.[1] ?? 0);
    reply.send(200, { link: `</v2/_catalog?page=${page + 1}>; rel="next"` }, JSON.stringify({ repositories: [`word${page}`, `x${page}`] }));
  };
  assert.deepEqual(namesOf(await search("word", endless, { limit: 3 })), ["word0", "word1", "word2"]);
  assert.equal(registry.requests.filter(({ path }) => path.startsWith("/v2/_catalog")).length, 3);
  assert.deepEqual(await search("nowhere", endless), []);
  assert.equal(registry.requests.filter(({ path }) => path.startsWith("/v2/_catalog")).length, 20);
});

test("where the catalog is closed, a repository of exactly that name is found by its tags", async () => {
  const closed: HostileScript = ({ path }, reply) => {
    if (path.startsWith("/v2/team/app/tags/list")) reply.send(200, {}, '{"name":"team/app","tags":["1"]}');
  };
  assert.deepEqual(namesOf(await search("team/app", closed)), ["team/app"]);
  for (const words of ["team", "team/../x", "", "a?b"]) {
    await assert.rejects(search(words, closed), {
      kind: "internal",
      message: /^Unexpected status code 404: there is no search, and no list of its repositories: /,
    });
    const asked = registry.asked().filter((line) => line.includes("/tags/list"));
    assert.deepEqual(asked, words === "team" ? ["GET /v2/team/tags/list?n=1000"] : []);
  }
});

test("a registry that is out of order is not asked for lists", async () => {
  await assert.rejects(
    search("word", (_, reply) => reply.send(503)),
    { message: "Unexpected status code 503" },
  );
  await assert.rejects(
    search("word", (_, reply) => reply.reset()),
    { message: /connection reset by peer/ },
  );
  assert.ok(
    registry.asked().every((line) => line.startsWith("GET /v1/search")),
    registry.asked().join(),
  );
});
