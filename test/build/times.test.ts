import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BuildBench } from "./build-bench.ts";
import type { Order } from "./build-bench.ts";
import { tarOfFiles } from "./context-files.ts";

/** Unix seconds at which every build of this file happens. */
const NOW = 1000;

describe("times", () => {
  let bench: BuildBench;

  before(async () => {
    bench = await BuildBench.open();
  });
  after(() => bench[Symbol.asyncDispose]());

  async function times(order: Order): Promise<Record<string, number | undefined>> {
    const { files, at } = await bench.build({ ...order, buildArgs: { SOURCE_DATE_EPOCH: String(NOW) } });
    return Object.fromEntries(Object.keys(files).map((path) => [path, at(path)?.mtime.seconds]));
  }

  test("3.8: files and directories keep theirs, what has to be made on the way has the build's", async () => {
    const files = { "d/": { mtime: 5 }, "d/f": { text: "f", mtime: 6 }, "d/s/": { mtime: 7 }, "d/l": { link: "f", mtime: 8 } };
    assert.deepEqual(await times({ files, text: "FROM scratch\nCOPY d/f /x/f\nCOPY d /y/z" }), {
      "x/": NOW,
      "x/f": 6,
      "y/": NOW,
      "y/z/": 5,
      "y/z/f": 6,
      "y/z/l": 8,
      "y/z/s/": 7,
    });
  });

  test("3.8: a directory that is there takes that of the one that is copied into it", async () => {
    const files = { "d/": { mtime: 5 }, "e/": { mtime: 6 }, "e/f": { text: "f", mtime: 7 } };
    assert.deepEqual(await times({ files, text: "FROM scratch\nCOPY d /x\nCOPY e /x" }), { "x/": 6, "x/f": 7 });
  });

  test("3.10: an archive's files keep theirs, its root has no say", async () => {
    const archive = await tarOfFiles({ "./": { mtime: 5 }, f: { text: "f", mtime: 6 } });
    assert.deepEqual(await times({ files: { "t.tar": archive }, text: "FROM scratch\nADD t.tar /x" }), { "x/": NOW, "x/f": 6 });
  });

  test("3.13: WORKDIR and heredocs have the build's", async () => {
    assert.deepEqual(await times({ text: "FROM scratch\nWORKDIR /w\nCOPY <<f /w/\nf" }), { "w/": NOW, "w/f": NOW });
  });
});

describe("tags and warnings", () => {
  test("174: are told once each, in the order of the request", async () => {
    await using bench = await BuildBench.open();
    const { events } = await bench.build({ text: "FROM scratch\nLABEL a=b", tags: ["tag1", "tag2:v2", "docker.io/library/tag1:latest"] });
    const told = events.flatMap((event) => (event.type === "tagged" ? [event.name] : []));
    assert.deepEqual(told, ["tag1:latest", "tag2:v2"]);
    assert.deepEqual((await bench.engine.images.list()).flatMap(({ names }) => names).sort(), told);
  });

  test("175: are read before anything is done", async () => {
    await using bench = await BuildBench.open();
    const refused = new Map([
      ["UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase"],
      ["a:b:c", "invalid reference format"],
      [`a@sha256:${"0".repeat(64)}`, "build tag cannot contain a digest"],
    ]);
    for (const [tag, message] of refused) assert.equal(await bench.fail({ text: "nonsense", tags: [tag] }), message);
  });

  test("109: several sources for one file are warned of", async () => {
    await using bench = await BuildBench.open();
    const { events } = await bench.build({ text: "FROM scratch\nCOPY a b /x", files: { a: "a", b: "b" } });
    assert.deepEqual(
      events.filter(({ type }) => type === "warning"),
      [
        {
          type: "warning",
          text: "COPY with more than one source: /x is no directory and does not end with a /, only the last source stays",
        },
      ],
    );
  });
});
