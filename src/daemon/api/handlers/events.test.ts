import assert from "node:assert/strict";
import { after, test } from "node:test";
import { EventJournal } from "#events";
import type { EngineEvent } from "#events";
import { digestOf } from "#oci";
import { parseFilters } from "#wire";
import { serveApi } from "../../../../test/api/serve-api.ts";
import { stubEngine } from "../../../../test/api/stub-engine.ts";
import { createEventFilter } from "./event-filter.ts";

const ID = digestOf("image");
const events = new EventJournal({ now: () => 5_000 });
for (const action of ["create", "tag"]) events.publish({ type: "image", action, actor: { id: ID, attributes: { name: "bb:1", a: "b" } } });
const api = await serveApi(stubEngine({}, { events }));
after(() => api[Symbol.asyncDispose]());

const TYPES = [
  ["/v1.51/events", "application/jsonl", "application/json", ""],
  ["/v1.52/events", "", "application/jsonl", ""],
  ["/events", "*/*", "application/jsonl", ""],
  ["/events", "application/x-ndjson", "application/x-ndjson", ""],
  ["/events", "text/html, application/json-seq;q=0.5", "application/json-seq", "\u001e"],
] as const;

for (const [path, accept, type, prefix] of TYPES) {
  test(`${path} for "${accept}" is ${type}`, async () => {
    const { headers, text } = await api.ask(`GET ${path}?since=1&until=5.1`, { headers: accept === "" ? {} : { Accept: accept } });
    assert.equal(headers["content-type"], type);
    const lines = text.split("\n").slice(0, -1);
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.ok(line.startsWith(`${prefix}{`));
      JSON.parse(line.slice(prefix.length));
    }
  });
}

test("an image's creation is told since 1.46", async () => {
  const actions = async (version: string): Promise<unknown[]> => {
    const { text } = await api.ask(`GET /v${version}/events?since=1&until=5.1`);
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { Action: unknown }).Action);
  };
  assert.deepEqual([await actions("1.45"), await actions("1.46")], [["tag"], ["create", "tag"]]);
});

const TAG: EngineEvent = { type: "image", action: "tag", actor: { id: ID, attributes: { name: "reg:5000/bb:1", a: "b" } }, time: 1n };
const EXEC: EngineEvent = {
  type: "container",
  action: "exec_start: sh",
  actor: { id: "c1", attributes: { image: "bb:1", name: "box" } },
  time: 1n,
};

const CASES: readonly [filters: string, tag: boolean, exec: boolean][] = [
  ["", true, true],
  ['{"type":["image"]}', true, false],
  ['{"type":["image","container"]}', true, true],
  ['{"event":["tag"]}', true, false],
  ['{"event":["exec_start"]}', false, true],
  ['{"event":["ta"]}', false, false],
  ['{"scope":["swarm"]}', false, false],
  ['{"label":["a"]}', true, false],
  ['{"label":["a=b"]}', true, false],
  ['{"label":["a=c"]}', false, false],
  [`{"image":["${ID}"]}`, true, false],
  ['{"image":["reg:5000/bb:1"]}', true, false],
  ['{"image":["reg:5000/bb"]}', true, false],
  ['{"image":["reg"]}', false, false],
  ['{"image":["bb"]}', false, true],
  ['{"image":["bb:1"]}', false, true],
  ['{"image":["sha256"]}', false, false],
  ['{"container":["c1"]}', false, true],
  ['{"container":["box"]}', false, true],
  ['{"container":["c2"]}', false, false],
  ['{"daemon":["x"]}', false, false],
  ['{"image":[]}', true, true],
  ['{"nobody knows this":["x"]}', true, true],
  ['{"type":["image"],"event":["untag"]}', false, false],
];

for (const [filters, tag, exec] of CASES) {
  test(`events by ${filters || "no filter"}`, () => {
    const isWanted = createEventFilter(parseFilters(filters));
    assert.deepEqual([isWanted(TAG), isWanted(EXEC)], [tag, exec]);
  });
}
