import assert from "node:assert/strict";
import { test } from "node:test";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import { cannotRun, busyboxTar } from "../runtime/chains.ts";
import { BuildBench, cachedSteps, once } from "./build-bench.ts";
import type { Built } from "./build-bench.ts";
import { dockerArchive, imageOf, tarOf } from "../workbench/index.ts";
import { tarOfFiles } from "./context-files.ts";
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
    assert.ok(events.some((event) => event.type === "warning" && event.text.startsWith("cannot use none:1 as a cache: ")));
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

/** What no history tells enough of: mounts, scripts, heredocs. */
const UNTOLD = `FROM busybox:1
RUN --mount=type=cache,target=/c echo a > /a
ENV X=1
RUN <<EOF
echo b > /b
EOF
RUN <<EOF
#!/bin/sh
echo c > /c
EOF
`;

test("an image says itself what its commands are known by, if it is to", { skip: cannotRun() }, async (t) => {
  await using elsewhere = await BuildBench.open();
  const busybox = await busyboxTar();
  const importTo = (bench: BuildBench) =>
    Array.fromAsync(bench.engine.images.import({ archive: once(busybox), repository: "busybox", tag: "1" }));
  await importTo(elsewhere);
  const buildArgs = { BUILDKIT_INLINE_CACHE: "1" };
  const order = { text: UNTOLD, network: "none", buildArgs, tags: ["cache:1"] } as const;
  const first = await elsewhere.build(order);

  await t.test("in BuildKit's words, and in nothing else of the config", async () => {
    const records: unknown = JSON.parse(Buffer.from(first.config.inlineCache ?? "", "base64").toString());
    const [one] = records as { digest: string; layers: { layer: number; createdAt: string }[] }[];
    assert.match(one?.digest ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(one?.layers, [{ layer: 1, createdAt: first.config.history[1]?.created }]);
    const plain = await elsewhere.build({ ...order, buildArgs: { BUILDKIT_INLINE_CACHE: "no" }, tags: [] });
    const { inlineCache: _, ...rest } = first.config;
    assert.deepEqual(plain.config, rest);
    assert.equal((await elsewhere.build(order)).id, first.id, "also of what it found in its cache");
  });

  await t.test("which another engine believes, and tells on", async () => {
    await using bench = await BuildBench.open();
    await importTo(bench);
    await Array.fromAsync(bench.engine.images.load({ archive: await elsewhere.engine.images.save({ names: ["cache:1"] }) }));
    const again = await bench.build({ ...order, cacheFrom: ["cache:1"] });
    assert.deepEqual(cachedSteps(again.events), [2, 4, 5]);
    assert.deepEqual(again.diffIds, first.diffIds);
    assert.equal(again.config.inlineCache, first.config.inlineCache);
    const changed = await bench.build({ ...order, text: UNTOLD.replace("X=1", "X=2"), cacheFrom: ["cache:1"] });
    assert.deepEqual(cachedSteps(changed.events), [2]);
  });

  await t.test("from its registry, where it is not here", { skip: hasRegistry ? false : "no registry is installed" }, async () => {
    await using registry = await startRegistry();
    const name = `${registry.host}/app:latest`;
    await elsewhere.build({ ...order, tags: [name] });
    await Array.fromAsync(elsewhere.engine.images.push({ name }));
    await using bench = await BuildBench.open();
    await importTo(bench);
    const nowhere = `${registry.host}/nobody:1`;
    const context = once(await tarOfFiles({ Dockerfile: UNTOLD }));
    const events = await Array.fromAsync(bench.engine.builds.build({ context, network: "none", cacheFrom: [nowhere, name] }));
    assert.deepEqual(cachedSteps(events), [2, 4, 5]);
    const warnings = events.flatMap((event) => (event.type === "warning" ? [event.text] : []));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^cannot use \S+\/nobody:1 as a cache: /);
  });
});

test("what is no inline cache is none", { skip: cannotRun() }, async () => {
  await using bench = await BuildBench.open();
  await Array.fromAsync(bench.engine.images.import({ archive: once(await busyboxTar()), repository: "busybox", tag: "1" }));
  const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");
  const digest = `sha256:${"0".repeat(64)}`;
  const createdAt = "2026-11-21T11:23:42.5Z";
  const members = [
    "",
    "%",
    json({}),
    json([1, null, { digest: 5 }, { digest, layers: [null, { layer: "1" }, { layer: 1e9, createdAt: "x" }] }]),
  ];
  // As BuildKit writes it.
  members.push(json([{ layers: [{ layer: 1, createdAt }], digest, inputs: [[{ selector: digest, link: 8 }]] }]));
  for (const [index, member] of members.entries()) {
    const image = imageOf([await busyboxTar()], { "moby.buildkit.cache.v0": member });
    await Array.fromAsync(bench.engine.images.load({ archive: once(tarOf(dockerArchive([{ image, tags: [`odd:${index}`] }]))) }));
  }
  const cacheFrom = members.map((_, index) => `odd:${index}`);
  const { events } = await bench.build({ text: UNTOLD, network: "none", cacheFrom });
  assert.deepEqual(cachedSteps(events), []);
});
