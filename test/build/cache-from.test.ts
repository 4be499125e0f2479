import assert from "node:assert/strict";
import { test } from "node:test";
import { cannotRun, busyboxTar } from "../runtime/chains.ts";
import { BuildBench, cachedSteps, once } from "./build-bench.ts";
import type { Built } from "./build-bench.ts";
import type { Files } from "./context-files.ts";

const TEXT = "FROM base:1\nENV A=1\nWORKDIR /w\nCOPY --chown=5 dir/ ./copied/\nCOPY late /\n";
const FILES: Files = { "dir/f": "f", "dir/sub/": { mode: 0o700 }, "dir/sub/g": { text: "g", mode: 0o600 }, late: "late" };

test("layers of an image that was built elsewhere are taken for the steps that made them", async (t) => {
  await using elsewhere = await BuildBench.open();
  await using bench = await BuildBench.open();
  for (const each of [elsewhere, bench]) await each.load("base:1", [{ "etc/": "", "etc/base": "base" }]);
  await elsewhere.build({ text: TEXT, files: FILES, tags: ["cache:1"] });
  await Array.fromAsync(bench.engine.images.load({ archive: await elsewhere.engine.images.save({ names: ["cache:1"] }) }));

  const build = async (text: string, files: Files, cacheFrom: readonly string[]): Promise<Built> => {
    await bench.engine.builds.prune({ all: true });
    return bench.build({ text, files, cacheFrom });
  };
  const expected = (await elsewhere.look("cache:1")).diffIds;

  await t.test("also if the files have been touched", async () => {
    const touched = { ...FILES, "dir/f": { text: "f", mtime: 1_000_000_000 } };
    const { events, diffIds } = await build(TEXT, touched, ["none:1", "cache:1"]);
    assert.deepEqual(diffIds, expected);
    assert.deepEqual(cachedSteps(events), [3, 4, 5]);
    assert.ok(events.some((event) => event.type === "warning" && event.text === "cannot use none:1 as a cache: it is not here"));
  });

  const MISSES: readonly (readonly [name: string, text: string, files: Files, cached: readonly number[]])[] = [
    ["a file has changed: as far as the step before", TEXT, { ...FILES, "dir/sub/g": { text: "x", mode: 0o600 } }, [3]],
    ["a mode has changed", TEXT, { ...FILES, "dir/f": { text: "f", mode: 0o755 } }, [3]],
    ["a file has come", TEXT, { ...FILES, "dir/new": "new" }, [3]],
    ["a file has gone", TEXT, { "dir/f": "f", "dir/sub/": { mode: 0o700 }, late: "late" }, [3]],
    ["the step says something else", TEXT.replace("--chown=5", "--chown=6"), FILES, [3]],
    ["a variable before it says something else", TEXT.replace("A=1", "A=2"), FILES, []],
  ];
  for (const [name, text, files, cached] of MISSES) {
    await t.test(`but not where ${name}`, async () =>
      assert.deepEqual(cachedSteps((await build(text, files, ["cache:1"])).events), cached),
    );
  }

  await t.test("but not without cache, nor unasked", async () => {
    assert.deepEqual(cachedSteps((await build(TEXT, FILES, [])).events), []);
    await bench.engine.builds.prune({ all: true });
    assert.deepEqual(cachedSteps((await bench.build({ text: TEXT, files: FILES, cacheFrom: ["cache:1"], noCache: true })).events), []);
  });
});

test("a command that an image has run is not run again", { skip: cannotRun() }, async () => {
  await using bench = await BuildBench.open();
  await Array.fromAsync(bench.engine.images.import({ archive: once(await busyboxTar()), repository: "busybox", tag: "1" }));
  const build = async (text: string): Promise<Built> => {
    await bench.engine.builds.prune({ all: true });
    return bench.build({ text, cacheFrom: ["cache:1"], network: "none" });
  };
  const run = "FROM busybox:1\nRUN echo a > /a\n";
  const first = await bench.build({ text: run, tags: ["cache:1"], network: "none" });
  const again = await build(`${run}RUN echo b > /b`);
  assert.deepEqual(cachedSteps(again.events), [2]);
  assert.equal(again.diffIds[1], first.diffIds[1]);
  assert.deepEqual(cachedSteps((await build(run.replace("RUN", "RUN --mount=type=tmpfs,target=/t"))).events), []);
});
