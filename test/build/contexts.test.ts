import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { BuildPart } from "#engine";
import { BuildBench, cachedSteps, once } from "./build-bench.ts";
import type { Built } from "./build-bench.ts";
import { tarOfFiles } from "./context-files.ts";
import type { Files } from "./context-files.ts";

const MORE: Files = {
  "dir/": { uid: 7, gid: 7 },
  "dir/f": { text: "more", uid: 7, gid: 7, mode: 0o640 },
  left: "left",
  ".dockerignore": "left\n.dockerignore\n",
};

describe("further contexts", () => {
  let bench: BuildBench;
  before(async () => {
    bench = await BuildBench.open();
    await bench.load("base:1", [{ "base-file": "b" }], { Env: ["A=1"] });
    await bench.load("base:latest", [{ "latest-file": "l" }]);
  });
  after(() => bench[Symbol.asyncDispose]());

  /** The Dockerfile with the context `more` beside it. */
  function build(text: string, contexts: Readonly<Record<string, Files>> = { more: MORE }): Promise<Built> {
    return bench.build({ parts: partsOf({ Dockerfile: text, own: "own" }, contexts) });
  }

  test("COPY --from sees the files of a context as root's, without what it ignores", async () => {
    const { files } = await build("FROM scratch\nCOPY own /\nCOPY --from=more / /m/");
    assert.deepEqual(files, { own: "0644 0:0 own", "m/": "0755 0:0", "m/dir/": "0755 0:0", "m/dir/f": "0640 0:0 more" });
  });

  test("FROM a context begins with its files as one layer, found again by what is in them", async () => {
    const first = await build("FROM more\nENV B=2");
    assert.deepEqual(first.files, { "dir/": "0755 0:0", "dir/f": "0640 0:0 more" });
    assert.equal(first.layers.length, 1);
    const again = await build("FROM more\nENV B=2", {
      more: { ...MORE, left: "other", "dir/f": { text: "more", mode: 0o640, mtime: 99 } },
    });
    assert.equal(again.diffIds[0], first.diffIds[0]);
    assert.deepEqual(cachedSteps(again.events), [1, 2]);
  });

  test("a context goes before an image, and before the stage that has its name", async () => {
    const { files } = await build("FROM base AS a\nFROM scratch AS stage\nCOPY own /\nFROM a\nCOPY --from=stage / /", {
      "docker.io/library/base:latest": { base: "replaced" },
      Stage: { stage: "replaced" },
    });
    assert.deepEqual(files, { base: "0644 0:0 replaced", stage: "0644 0:0 replaced" });
  });

  test("a context may be an image, of which FROM takes all", async () => {
    const text = "FROM other\nCOPY --from=other /base-file /copy";
    const { files, config } = await bench.build({ text, contexts: new Map([["other", "docker-image://base:1"]]) });
    assert.deepEqual(files, { "base-file": "0644 0:0 b", copy: "0644 0:0 b" });
    assert.equal(config.config.Env?.[0], "A=1");
    const empty = await bench.build({ text: "FROM other\nLABEL a=b", contexts: new Map([["other", "docker-image://scratch"]]) });
    assert.deepEqual(empty.files, {});
  });

  const WRONG: readonly (readonly [contexts: Readonly<Record<string, string>>, message: RegExp])[] = [
    [{ a: "b" }, /^invalid context "a": expected docker-image:\/\/<name>, a git repository or a URL, got "b"$/],
    [{ "a b": "docker-image://c" }, /^invalid context name "a b": invalid reference format$/],
    [{ a: "docker-image://c", "a:latest": "docker-image://c" }, /^cannot use context "a:latest": it is given twice$/],
  ];
  for (const [contexts, message] of WRONG) {
    test(`refuses ${JSON.stringify(contexts)}`, async () => {
      assert.match(await bench.fail({ text: "FROM scratch\nLABEL a=b", contexts: new Map(Object.entries(contexts)) }), message);
    });
  }

  test("refuses what is given twice, and leaves nothing", async () => {
    const parts = async function* (): AsyncGenerator<BuildPart> {
      const tar = await tarOfFiles({ Dockerfile: "FROM scratch" });
      yield { type: "context", tar: once(tar) };
      yield { type: "context", tar: once(tar) };
    };
    assert.equal(await bench.fail({ parts: parts() }), "cannot build: the context is given twice");
  });
});

async function* partsOf(own: Files, contexts: Readonly<Record<string, Files>>): AsyncGenerator<BuildPart> {
  // The further ones first: the order does not matter.
  for (const [name, files] of Object.entries(contexts)) yield { type: "context", name, tar: once(await tarOfFiles(files)) };
  yield { type: "context", tar: once(await tarOfFiles(own)) };
}
