import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BuildBench, cachedSteps } from "./build-bench.ts";
import type { Built } from "./build-bench.ts";
import { checkCases } from "./build-cases.ts";

/** A stage with one file that says which it is. */
const stage = (name: string, from = "scratch"): string => `FROM ${from} AS ${name}\nCOPY <<EOF /${name}\n${name}\nEOF\n`;
const file = (name: string): Record<string, string> => ({ [name]: `0644 0:0 ${name}\n` });

checkCases("stages", [
  ...["0", "one", "ONE", "+0"].map((from) => ({
    name: `156: COPY --from=${from} is the first`,
    text: `${stage("One")}${stage("two")}FROM scratch\nCOPY --from=${from} / /`,
    makes: { One: "0644 0:0 One\n" },
  })),
  { name: "156: COPY --from=1 is the second", text: `${stage("one")}${stage("two")}FROM scratch\nCOPY --from=1 two /`, makes: file("two") },
  {
    name: "157: FROM knows stages in any case",
    text: `${stage("foO2")}${stage("bar", "FOo2")}`,
    makes: { bar: "0644 0:0 bar\n", foO2: "0644 0:0 foO2\n" },
  },
  { name: "158: its own index", text: "FROM scratch AS a\nCOPY --from=0 /x /y", fails: "circular dependency detected on stage: a" },
  { name: "158: its own name", text: "FROM scratch AS a\nCOPY --from=A /x /y", fails: "circular dependency detected on stage: a" },
  { name: "158: an index that no stage has", text: "FROM scratch AS a\nCOPY --from=9 /x /y", fails: "invalid stage index 9" },
  {
    name: "158: a variable",
    text: `${stage("one")}FROM scratch\nARG S=one\nCOPY --from=$S /one /`,
    fails: "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
  },
  {
    name: "159: a number is no name",
    text: "FROM scratch AS 1\nCOPY <<f /\nf",
    fails: 'dockerfile parse error on line 1: invalid name for build stage: "1", name can\'t start with a number or contain symbols',
  },
  {
    name: "160: of two stages with one name the later is meant from then on",
    text: `${stage("x")}FROM scratch AS X\nCOPY <<EOF /later\nlater\nEOF\nFROM scratch\nCOPY --from=x / /`,
    makes: file("later"),
  },
  { name: "161: a target in any case", target: "BUIld-EnV", text: `${stage("build-env")}${stage("two")}`, makes: file("build-env") },
  { name: "161: an unknown target", target: "zz", text: stage("a"), fails: 'target stage "zz" could not be found' },
  { name: "161: a number is no target", target: "0", text: stage("a"), fails: 'target stage "0" could not be found' },
  {
    name: "162: a stage that nobody needs is not built, and its base not looked for",
    text: `FROM no.such.host/image AS bad\nCOPY nope /\nFROM scratch AS worse\nCOPY nope /\n${stage("good")}`,
    makes: file("good"),
  },
  { name: "162: nor one behind the target", target: "good", text: `${stage("good")}FROM good\nCOPY nope /`, makes: file("good") },
  {
    name: "163: two stages that need each other",
    text: "FROM scratch AS a\nCOPY --from=b /x /y\nFROM scratch AS b\nCOPY --from=a /x /y",
    fails: "circular dependency detected on stage: a",
  },
  { name: "164: a stage that nobody needs may look ahead", text: `FROM scratch AS a\nCOPY --from=b / /y\n${stage("b")}`, makes: file("b") },
  {
    name: "164: one that is needed may not",
    target: "a",
    text: `FROM scratch AS a\nCOPY --from=b / /y\n${stage("b")}`,
    fails: 'cannot copy from stage "b", it needs to be defined before current stage "a"',
  },
  { name: "3.9: --from=scratch is empty", text: "FROM scratch\nCOPY --from=scratch / /q/", makes: { "q/": "0755 0:0" } },
  {
    name: "3.9: --from names an image, of which config and triggers do not count",
    base: { "d/": { mode: 0o700, uid: 7, gid: 8 }, "d/f": { text: "f", uid: 7, gid: 8, mode: 0o4711 }, l: { link: "d" } },
    baseConfig: { OnBuild: ["COPY nope /"], WorkingDir: "/w" },
    files: {},
    text: "FROM scratch\nCOPY --from=base d/f /\nCOPY --from=base /l /x",
    makes: { f: "4711 7:8 f", "x/": "0755 0:0", "x/f": "4711 7:8 f" },
  },
  {
    name: "3.9: links of another stage lead nowhere outside of it",
    text: "FROM scratch AS a\nCOPY l /l\nFROM scratch\nCOPY --from=a /l /x",
    files: { "l/up": { link: "../../../../etc/hostname" } },
    makes: { "x/": "0755 0:0", "x/up": "0:0 -> ../../../../etc/hostname" },
  },
  {
    name: "98: triggers of a base image run in the child, with COPY and COPY --from",
    base: {},
    baseConfig: { OnBuild: ["COPY f /fired", "COPY --from=one /one /copied", "ENV A=b"] },
    files: { f: "f" },
    text: `${stage("one")}FROM base\nCOPY <<EOF /$A\nx\nEOF`,
    makes: { b: "0644 0:0 x\n", copied: "0644 0:0 one\n", fired: "0644 0:0 f" },
  },
  {
    name: "3.15: triggers of a stage run in a stage that is FROM it, not in the next",
    files: { f: "f" },
    text: "FROM scratch AS a\nONBUILD COPY f /one\nONBUILD ADD f /two\nFROM a AS b\nCOPY <<EOF /own\nown\nEOF\nFROM b\nCOPY f /last",
    makes: { last: "0644 0:0 f", one: "0644 0:0 f", own: "0644 0:0 own\n", two: "0644 0:0 f" },
  },
]);

describe("a stage after another", () => {
  test("5: goes on with its files, config and history", async () => {
    await using bench = await BuildBench.open();
    const text = 'FROM scratch AS a\nENV A=b\nCMD ["x"]\nWORKDIR /w\nCOPY f .\nFROM a\nENTRYPOINT ["y"]\nCOPY f g';
    const { config, files } = await bench.build({ files: { f: "f" }, text });
    assert.deepEqual(files, { "w/": "0755 0:0", "w/f": "0644 0:0 f", "w/g": "0644 0:0 f" });
    assert.deepEqual(config.config, {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=b"],
      Entrypoint: ["y"],
      ArgsEscaped: true,
      WorkingDir: "/w",
    });
    assert.deepEqual(
      config.history.map(({ created_by, empty_layer = false }) => [created_by, empty_layer]),
      [
        ["ENV A=b", true],
        ['CMD ["x"]', true],
        ["WORKDIR /w", false],
        ["COPY f . # buildkit", false],
        ['ENTRYPOINT ["y"]', true],
        ["COPY f g # buildkit", false],
      ],
    );
  });

  test("92: FROM scratch forgets the working directory", async () => {
    await using bench = await BuildBench.open();
    const { config, files } = await bench.build({ files: { f: "f" }, text: "FROM scratch AS a\nWORKDIR /w\nFROM scratch\nCOPY f ." });
    assert.equal(config.config.WorkingDir, "/");
    assert.deepEqual(files, { f: "0644 0:0 f" });
  });

  test("170: what one stage has done is there for the next", async () => {
    await using bench = await BuildBench.open();
    const text = "FROM scratch AS a\nADD f /f\nFROM scratch AS b\nADD f /f\nFROM scratch\nCOPY --from=a f /1\nCOPY --from=b f /2";
    const { events, diffIds } = await bench.build({ files: { f: "f" }, text });
    assert.deepEqual([stepsOf(events), diffIds.length], [7, 2]);
    assert.deepEqual(cachedSteps((await bench.build({ files: { f: "f" }, text })).events), [2, 4, 6, 7]);
  });

  test("186: the last stage's image is the result; each stage tells its own", async () => {
    await using bench = await BuildBench.open();
    const { events, id } = await bench.build({ text: `${stage("a")}${stage("b")}FROM b\nCOPY --from=a /a /` });
    const stages = events.flatMap((event) => (event.type === "stage" ? [event.id] : []));
    assert.equal(new Set(stages).size, 3);
    assert.equal(stages.at(-1), id);
  });

  test("the first error ends the build, and no stage stays at work", async () => {
    await using bench = await BuildBench.open();
    const text = "FROM scratch AS a\nCOPY nope /\nFROM scratch AS b\nCOPY f /\nFROM scratch\nCOPY --from=b / /\nCOPY --from=a / /";
    assert.match(await bench.fail({ text, files: { f: "f" } }), /stat nope: file does not exist$/);
  });
});

function stepsOf(events: Built["events"]): number {
  return events.filter(({ type }) => type === "step").length;
}
