import assert from "node:assert/strict";
import { test } from "node:test";
import type { CopyEvent, CopyRequest } from "#engine";
import { notFound } from "#errors";
import { digestOf } from "#oci";
import type { Remote } from "#remote";
import { encodeRegistryConfig } from "#wire";
import { serveApi } from "../../../../test/api/serve-api.ts";
import type { Reply, RequestOptions } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";

const [digest, subject] = [digestOf("a"), digestOf("b")];
const [id, subjectId] = [digest.slice(7, 19), subject.slice(7, 19)];

/** What the engine was asked, and the answer made of `events`; a failure comes after them. */
async function ask(
  line: string,
  options: RequestOptions,
  events: readonly CopyEvent[] = [],
  failure?: Error,
): Promise<{ reply: Reply; asked: CopyRequest[] }> {
  const asked: CopyRequest[] = [];
  const copy: Remote["copy"] = async function* (request) {
    asked.push(request);
    yield* events;
    if (failure !== undefined) throw await Promise.resolve(failure);
  };
  await using api = await serveApi(stubEngine({}, { registries: { copy } as Remote }));
  return { reply: await api.ask(`POST ${line}`, options), asked };
}

const json = (body: unknown): RequestOptions => ({ body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
const EVERYTHING = { from: "a/b:1", to: "c:5000/d:2", allTags: false, referrers: true, credentials: new Map() };

test("a copy is asked for by query, by form or by JSON, with credentials for both registries", async () => {
  const credentials = new Map([["c:5000", { username: "u", password: "p" }]]);
  const config = { "X-Registry-Config": encodeRegistryConfig(Object.fromEntries(credentials)) };
  const asked = async (line: string, options: RequestOptions = {}): Promise<unknown> => (await ask(line, options)).asked[0];
  assert.deepEqual(await asked("/slipway/copy?from=a/b:1&to=c:5000/d:2"), EVERYTHING);
  assert.deepEqual(await asked("/v1.41/slipway/copy?from=a/b:1&to=c:5000/d:2&referrers=0&allTags=1", { headers: config }), {
    ...EVERYTHING,
    referrers: false,
    allTags: true,
    credentials,
  });
  const form = { body: "from=a/b:1&to=c:5000/d:2", headers: { "Content-Type": "application/x-www-form-urlencoded" } };
  assert.deepEqual(await asked("/slipway/copy", form), EVERYTHING);
  const platform = { os: "linux", architecture: "arm64" };
  assert.deepEqual(await asked("/slipway/copy", json({ from: "a/b:1", to: "c:5000/d:2", platform: "linux/arm64" })), {
    ...EVERYTHING,
    platform,
  });
});

test("what cannot be copied is refused before anything is asked", async () => {
  const names = { from: "a", to: "b" };
  for (const [line, options, message] of [
    ["/slipway/copy", {}, 'cannot copy: "from" is missing, expected a name'],
    ["/slipway/copy?from=a", {}, 'cannot copy: "to" is missing, expected a name'],
    ["/slipway/copy", json([]), "invalid JSON: expected an object"],
    ["/slipway/copy", json({ ...names, referrers: "no" }), "invalid JSON: referrers is a string, expected a boolean"],
    [
      "/slipway/copy",
      json({ ...names, refferers: false }),
      'invalid JSON: unknown member "refferers", expected from, to, platform, allTags, referrers',
    ],
    ["/slipway/copy", json({ ...names, platform: "vax" }), '"vax": unknown operating system or architecture: invalid argument'],
    [
      "/slipway/copy?from=a&to=b",
      { headers: { "X-Registry-Config": "%" } },
      "invalid X-Registry-Config header: must be a valid base64url-encoded string",
    ],
  ] as const) {
    const { reply, asked } = await ask(line, options);
    assert.deepEqual([reply.status, JSON.parse(reply.text), asked], [400, { message }, []]);
  }
});

test("a failure before the first event has its status, one after it is the last message", async () => {
  const gone = notFound("cannot copy: source a: manifest unknown");
  const { reply } = await ask("/slipway/copy?from=a&to=b", {}, [], gone);
  assert.deepEqual([reply.status, JSON.parse(reply.text)], [404, { message: gone.message }]);
  const late = await ask("/slipway/copy?from=a&to=b", {}, [{ type: "copying", from: "a:1", to: "b:1", digest }], gone);
  assert.equal(late.reply.status, 200);
  assert.deepEqual(linesOf(late.reply), [
    { status: "Copying a:1 to b:1" },
    { errorDetail: { message: gone.message }, error: gone.message },
  ]);
});

test("what happens is told in the shape of Docker's progress", async () => {
  const blob = (state: Extract<CopyEvent, { type: "blob" }>["state"]): CopyEvent => ({ type: "blob", digest, state });
  const { reply } = await ask("/v1.52/slipway/copy?from=a&to=b", {}, [
    blob({ step: "waits" }),
    blob({ step: "copying", current: 5, total: 10 }),
    blob({ step: "retrying", side: "source", seconds: 1 }),
    blob({ step: "copied" }),
    blob({ step: "exists" }),
    blob({ step: "mounted", from: "x/y" }),
    blob({ step: "foreign" }),
    { type: "manifest", digest, isNew: true },
    { type: "manifest", digest, isNew: false, subject },
    { type: "missing-referrer", digest, subject },
    { type: "copied", name: "b:1", digest, size: 7 },
    { type: "done", transferred: 1234 },
  ]);
  const progressDetail = {};
  assert.deepEqual(linesOf(reply), [
    { status: "Preparing", progressDetail, id },
    { status: "Copying", progressDetail: { current: 5, total: 10 }, id },
    { status: "Retrying in 1 second (source)", progressDetail, id },
    { status: "Copied", progressDetail, id },
    { status: "Layer already exists", progressDetail, id },
    { status: "Mounted from x/y", progressDetail, id },
    { status: "Skipped foreign layer", progressDetail, id },
    { status: "Copied manifest", id },
    { status: `Exists already: referrer of ${subjectId}`, id },
    { status: `WARNING: referrer ${digest} of ${subject} is listed by the source but not there` },
    { status: `b:1: digest: ${digest} size: 7` },
    { progressDetail, aux: { Name: "b:1", Digest: digest, Size: 7 } },
    { status: "Transferred 1.234kB", aux: { Transferred: 1234 } },
  ]);
});

function linesOf({ text }: Reply): unknown[] {
  return text
    .trim()
    .split("\r\n")
    .map((line) => JSON.parse(line) as unknown);
}
