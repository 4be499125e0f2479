import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { jsonLines, readTar, send, startSlipway, tarOf, temporaryFolder } from "../workbench/index.ts";
import type { Answer, Slipway } from "../workbench/index.ts";
import { BuildBench } from "./build-bench.ts";
import { tarOfFiles } from "./context-files.ts";

const TEXT = "FROM base\nCOPY one /dir/\nLABEL a=b\nCOPY two /dir/sub/\nADD removes.tar /\nCOPY one /link\n";

describe("squash", () => {
  let bench: BuildBench;
  before(async () => {
    bench = await BuildBench.open();
    await bench.load(
      "base:latest",
      [{ "dir/": { mode: 0o700, uid: 3 }, "dir/old": "old", gone: "gone", kept: "kept", link: { link: "kept" } }],
      {
        Env: ["A=1"],
      },
    );
  });
  after(() => bench[Symbol.asyncDispose]());

  const files = async () => ({
    one: { text: "1", mode: 0o600 },
    two: "2",
    "removes.tar": await tarOfFiles({ "sub/hard": "h", "sub/link": { hardLink: "sub/hard" } }),
  });

  test("makes one layer on top of the base, with the same files and the history of all steps", async () => {
    const plain = await bench.build({ text: TEXT, files: await files() });
    const squashed = await bench.build({ text: TEXT, files: await files(), squash: true });
    assert.deepEqual(squashed.files, plain.files);
    assert.deepEqual([plain.layers.length, squashed.layers.length], [5, 2]);
    assert.equal(squashed.diffIds[0], plain.diffIds[0]);
    assert.deepEqual(squashed.config.config, plain.config.config);
    const base = await bench.look("base:latest");
    const steps = squashed.config.history.slice(base.config.history.length);
    assert.deepEqual(
      steps.map(({ empty_layer: isEmpty }) => isEmpty),
      [true, true, true, true, true, undefined],
    );
    assert.equal(steps.at(-1)?.comment, `merge ${plain.id} to ${base.id}`);
    // Only what is new is in the layer.
    assert.equal("gone" in (squashed.layers[1] ?? {}), false);
    assert.equal((await bench.build({ text: TEXT, files: await files(), squash: true })).id, squashed.id);
  });

  test("of nothing but config leaves the layers alone; on nothing it says so", async () => {
    assert.equal((await bench.build({ text: "FROM base\nENV B=2", squash: true })).layers.length, 1);
    const { layers, config } = await bench.build({ text: "FROM scratch\nCOPY a /\nCOPY b /", files: { a: "a", b: "b" }, squash: true });
    assert.deepEqual(layers, [{ a: "0644 0:0 a", b: "0644 0:0 b" }]);
    assert.match(config.history.at(-1)?.comment ?? "", /^create new from sha256:/);
  });
});

describe("outputs", () => {
  const opened = new AsyncDisposableStack();
  let daemon: Slipway;
  before(async () => {
    const { path } = opened.use(await temporaryFolder());
    daemon = opened.use(await startSlipway(`${path}/data`));
  });
  after(() => opened.disposeAsync());

  const CONTEXT = tarOf([
    { name: "Dockerfile", data: "FROM scratch\nCOPY --chmod=600 f /dir/\nCOPY f /\n" },
    { name: "f", data: "f" },
  ]);
  function build(outputs: unknown, query = ""): Promise<Answer> {
    const path = `/build?outputs=${encodeURIComponent(JSON.stringify(outputs))}${query}`;
    return send(daemon.socket, { method: "POST", path, body: CONTEXT });
  }

  for (const Type of ["tar", "local"]) {
    test(`${Type} answers with the files, and makes no image`, async () => {
      const answer = await build([{ Type, Attrs: {} }]);
      assert.equal(answer.headers["content-type"], "application/x-tar");
      assert.deepEqual(
        [...readTar(answer.body).data].map(([name, data]) => [name, data.toString()]).filter(([, data]) => data !== ""),
        [
          ["dir/f", "f"],
          ["f", "f"],
        ],
      );
      assert.deepEqual(jsonLines((await send(daemon.socket, { method: "GET", path: "/images/json?all=1" })).body), [[]]);
    });
  }

  test("oci answers with the image's archive, which can be loaded", async () => {
    const answer = await build([{ Type: "oci", Attrs: { name: "out/put:2" } }], "&t=out/put:1");
    const names = JSON.parse(readTar(answer.body).data.get("manifest.json")?.toString() ?? "") as [{ RepoTags: string[] }];
    assert.deepEqual(names[0].RepoTags, ["out/put:1", "out/put:2"]);
    const loaded = await send(daemon.socket, { method: "POST", path: "/images/load", body: answer.body });
    assert.match(loaded.body.toString(), /Loaded image: out\/put:1/);
  });

  test("an image is what comes of everything else", async () => {
    for (const outputs of [[], [{ Type: "moby", Attrs: { name: "out/put:3" } }], [{ Type: "docker" }]]) {
      assert.match((await build(outputs)).body.toString(), /Successfully built/);
    }
  });

  const REFUSED: readonly (readonly [outputs: unknown, status: number, message: RegExp])[] = [
    [{}, 400, /^invalid outputs specified: json: cannot unmarshal object into Go value of type \[\]build.ImageBuildOutput$/],
    [[{ Type: "floppy" }], 400, /^invalid outputs specified: exporter "floppy" could not be found: expected one of image, /],
    [[{ Type: "tar" }, { Type: "oci" }], 400, /^multiple outputs not supported$/],
    [[{ Type: "image", Attrs: { push: "true" } }], 501, /^a build that pushes its image is not there yet/],
  ];
  for (const [outputs, status, message] of REFUSED) {
    test(`refuses ${JSON.stringify(outputs)}`, async () => {
      const answer = await build(outputs);
      assert.equal(answer.status, status);
      assert.match((jsonLines(answer.body) as [{ message: string }])[0].message, message);
    });
  }

  test("what is wrong with a build is said as JSON", async () => {
    const answer = await build([{ Type: "tar" }], "&dockerfile=none");
    assert.deepEqual([answer.status, jsonLines(answer.body)], [500, [{ message: "Cannot locate specified Dockerfile: none" }]]);
  });
});
