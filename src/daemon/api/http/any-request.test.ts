import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import type { Engine } from "#engine";
import { notFound } from "#errors";
import type { Images } from "#images";
import { serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";
import { ROUTES } from "../routes.ts";

const no = (): never => {
  throw notFound("No such image: x:latest");
};
const NOTHING: Images = {
  list: no,
  inspect: no,
  history: no,
  tag: no,
  remove: no,
  prune: no,
  load: no,
  save: no,
  pull: no,
  push: no,
  import: no,
  attestations: no,
};
const NONE_OF_THEM = new Proxy({}, { get: () => no });
const NO_CONTAINERS: unknown = new Proxy({}, { get: (_, verb) => (verb === "exec" || verb === "volumes" ? NONE_OF_THEM : no) });
const REST: Partial<Engine> = {
  containers: NO_CONTAINERS as Engine["containers"],
  registries: { inspect: no, login: no, search: no, copy: no },
  builds: { build: no, cache: no, prune: no },
};
const api = await serveApi(stubEngine(NOTHING, REST));
after(() => api[Symbol.asyncDispose]());

const word = fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom("..", "//", "%2f", "%zz", "a@sha256:b", "__proto__"));
const pattern = fc.constantFrom(...ROUTES.filter(({ pattern }) => pattern !== "/events").map(({ pattern }) => pattern));
const parameter = fc.constantFrom(...new Set(ROUTES.flatMap(({ parameters }) => parameters.map(({ name }) => name))));
const value = fc.oneof(word, fc.json({ maxDepth: 2 }));
const line = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"),
  version: fc.constantFrom("", "/v1.24", "/v1.41", "/v1.51", "/v1.55", "/v9", "/v."),
  path: fc.tuple(pattern, word).map(([path, name]) => path.replace(/\{[^}]*\}/, () => name)),
  query: fc.array(fc.tuple(parameter, value), { maxLength: 3 }),
});

test("whatever is asked, the answer is an HTTP answer, errors have a message, and nothing is a bug", async () => {
  const check = fc.asyncProperty(line, async ({ method, version, path, query }) => {
    // What a client's HTTP library would not let through is not what this is about.
    const target = `${version}${path}`.replace(/[^!-~]/gu, encodeURIComponent).replaceAll("#", "%23");
    const search = query.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join("&");
    const reply = await api.ask(`${method} ${target}?${search}`);
    if (reply.status >= 400 && method !== "HEAD" && reply.headers["content-type"] === "application/json") {
      const { message, ...rest } = JSON.parse(reply.text) as { message: unknown };
      assert.deepEqual([typeof message, rest], ["string", {}]);
    }
    assert.deepEqual(api.logged, []);
  });
  await fc.assert(check, { numRuns: 3000 });
});
