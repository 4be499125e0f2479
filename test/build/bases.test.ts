import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { EngineError } from "#engine";
import type { BuildEvent } from "#engine";
import { BuildBench } from "./build-bench.ts";
import { checkCases } from "./build-cases.ts";

const PLAIN = { Env: ["PATH=/bin"], WorkingDir: "/" };
const onbuild = (...triggers: readonly string[]) => ({ base: {}, baseConfig: { ...PLAIN, OnBuild: triggers } });

checkCases("FROM", [
  { name: "3.1: nothing but FROM scratch is nothing", text: "FROM scratch", fails: "No image was generated. Is your Dockerfile empty?" },
  { name: "3.1: scratch has a PATH and a place", text: "FROM scratch\nLABEL a=b", config: { Labels: { a: "b" } }, makes: {} },
  {
    name: "3.1: everything is inherited",
    base: {},
    baseConfig: {
      Env: ["A=1", "PATH=/bin"],
      Cmd: ["c"],
      Entrypoint: ["e"],
      User: "u",
      WorkingDir: "/w",
      Labels: { l: "1" },
      ExposedPorts: { "1/tcp": {} },
      Volumes: { "/v": {} },
      Shell: ["s"],
      StopSignal: "9",
      Healthcheck: { Test: ["NONE"] },
    },
    text: "FROM base\nENV B=$A",
    config: {
      Env: ["A=1", "PATH=/bin", "B=1"],
      Cmd: ["c"],
      Entrypoint: ["e"],
      User: "u",
      WorkingDir: "/w",
      Labels: { l: "1" },
      ExposedPorts: { "1/tcp": {} },
      Volumes: { "/v": {} },
      Shell: ["s"],
      StopSignal: "9",
      Healthcheck: { Test: ["NONE"] },
    },
    history: ["ENV B=1"],
  },
  {
    name: "3.1: FROM alone is the base, with a PATH",
    base: { f: "f" },
    baseConfig: PLAIN,
    text: "FROM base",
    makes: {},
    history: [],
    config: { Env: ["PATH=/bin"] },
  },
  ...["base", "docker.io/library/base", "library/base:latest", "index.docker.io/library/base", "docker.io/base"].map((name) => ({
    name: `102: ${name}`,
    base: {},
    baseConfig: PLAIN,
    text: `FROM ${name}\nENV a=b`,
    config: { Env: ["PATH=/bin", "a=b"] },
  })),
  {
    name: "60: an argument in FROM, in every stage",
    base: {},
    baseConfig: PLAIN,
    text: "ARG tag=bad\nARG name=ba\nFROM ${name}se:${tag} AS one\nFROM scratch AS two\nFROM ${name}se:$tag\nENV a=b",
    buildArgs: { tag: "latest" },
    config: { Env: ["PATH=/bin", "a=b"] },
  },
  { name: "2.9: FROM of nothing", text: "FROM $B", fails: "base name ($B) should not be blank" },
  { name: "3.1: FROM of a stage's argument", text: "FROM scratch\nARG B=scratch\nFROM $B", fails: "base name ($B) should not be blank" },
  {
    name: "3.1: a name with capitals",
    text: "FROM Foo",
    fails: "invalid reference format: repository name (library/Foo) must be lowercase",
  },
  {
    name: "3.1: no such platform",
    text: "FROM --platform=foo/bar/baz/q scratch",
    fails: 'failed to parse platform foo/bar/baz/q: "foo/bar/baz/q": cannot parse platform specifier: invalid argument',
  },
]);

checkCases("ONBUILD", [
  {
    name: "3.15: is kept as it is written, and does nothing here",
    text: 'FROM scratch\nENV A=b\nOnBuild  COPY   $A /x\nonbuild cmd [ "a" ]\nONBUILD NOSUCH x\nONBUILD COPY <<EOF /f\n$A\nEOF\nENV C=d',
    config: { Env: ["A=b", "C=d"], OnBuild: ["COPY   $A /x", 'cmd [ "a" ]', "NOSUCH x", "COPY <<EOF /f\n$A\nEOF"] },
    history: ["ENV A=b", "ENV C=d"],
    makes: {},
  },
  {
    name: "98, 99: triggers come before the child's own steps, in their order, and are gone then",
    ...onbuild('CMD ["c"]', 'ENTRYPOINT ["e"]', "ENV A=b", "LABEL l=$A", "COPY <<EOF /$A\n$A $C\nEOF"),
    text: "FROM base\nENV C=$A",
    config: { Env: ["PATH=/bin", "A=b", "C=b"], Cmd: ["c"], Entrypoint: ["e"], ArgsEscaped: true, Labels: { l: "b" } },
    history: ['CMD ["c"]', 'ENTRYPOINT ["e"]', "ENV A=b", "LABEL l=b", "COPY <<EOF /b # buildkit", "ENV C=b"],
    makes: { b: "0644 0:0 b \n" },
  },
  {
    name: "99: a CMD of a trigger is the stage's own",
    ...onbuild('CMD ["c"]'),
    text: 'FROM base\nENTRYPOINT ["e"]',
    config: { Env: ["PATH=/bin"], Cmd: ["c"], Entrypoint: ["e"], ArgsEscaped: true },
  },
  {
    name: "98: not in the grandchild, that has the child's",
    ...onbuild("ENV A=1"),
    text: "FROM base AS child\nONBUILD ENV B=2\nFROM child AS grandchild\nFROM grandchild\nLABEL a=$A b=$B",
    config: { Env: ["PATH=/bin", "A=1", "B=2"], Labels: { a: "1", b: "2" } },
    history: ["ENV A=1", "ENV B=2", "LABEL a=1 b=2"],
  },
  {
    name: "2.5: an argument of a trigger",
    ...onbuild("ARG v=1"),
    text: "FROM base\nENV V=$v",
    buildArgs: { v: "2" },
    config: { Env: ["PATH=/bin", "V=2"] },
    unconsumed: [],
  },
  ...[
    ["ONBUILD ENV a=b", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ["FROM scratch", "FROM isn't allowed as an ONBUILD trigger"],
    ["MAINTAINER me", "MAINTAINER isn't allowed as an ONBUILD trigger"],
  ].flatMap(([trigger = "", fails = ""]) => [
    { name: `100: ONBUILD ${trigger}`, text: `FROM scratch\nONBUILD ${trigger}`, fails: `dockerfile parse error on line 2: ${fails}` },
    { name: `100: ${trigger} in a base`, ...onbuild(trigger), text: "FROM base", fails },
  ]),
  ...[
    ["NOSUCH x", "unknown instruction: NOSUCH"],
    ["COPY nope", "COPY requires at least two arguments, but only one was provided. Destination could not be determined"],
    ["COPY nope /x", "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist"],
    ["ENV a=${b?}", 'failed to process "${b?}": b: is not allowed to be unset'],
    ["ENV a=b\nENV c=d", "onbuild trigger should be a single expression"],
  ].map(([trigger = "", fails = ""]) => ({
    name: `3.15: ${JSON.stringify(trigger)} in a base`,
    ...onbuild(trigger),
    text: "FROM base",
    fails,
  })),
  { name: "3.15: NOSUCH of a stage", text: "FROM scratch AS a\nONBUILD NOSUCH x\nFROM a", fails: "unknown instruction: NOSUCH" },
]);

describe("what a build tells and chooses", () => {
  let bench: BuildBench;
  before(async () => {
    bench = await BuildBench.open();
    await bench.load("base:latest", [{}], { OnBuild: ["ENV A=1", "ENV B=2"] });
  });
  after(() => bench[Symbol.asyncDispose]());

  const outline = (events: readonly BuildEvent[]): string[] =>
    events.flatMap((event) => {
      if (event.type === "step") return [`${event.number}/${event.total} ${event.text}`];
      if (event.type === "triggers") return [`triggers ${event.count}`];
      if (event.type === "unconsumed") return [`unconsumed ${event.names.join(" ")}`];
      return event.type === "built" || event.type === "stage" ? [event.type] : [];
    });

  test("101: steps are numbered through, triggers and labels of the request in their places", async () => {
    const text = "ARG G=1\nFROM scratch AS a\nENV  x=y \\\n  z=1\nFROM base\nCOPY --from=a / /";
    const { events } = await bench.build({ text, labels: { z: "$PATH", a: "" }, buildArgs: { UNUSED: "1" } });
    assert.deepEqual(outline(events), [
      "1/7 ARG G=1",
      "2/7 FROM scratch AS a",
      "3/7 ENV  x=y   z=1",
      "stage",
      "4/7 FROM base",
      "triggers 2",
      "5/7 COPY --from=a / /",
      "6/7 LABEL a=",
      "7/7 LABEL z=$PATH",
      "stage",
      "unconsumed UNUSED",
      "built",
    ]);
  });

  test("1.9: a mistake of a trigger is shown at the FROM that brought it", async () => {
    await bench.load("bad:latest", [{}], { OnBuild: ["NOSUCH x"] });
    const error: unknown = await bench.build({ text: "# a comment\n\nFROM bad\nENV a=b\n" }).catch((cause: unknown) => cause);
    assert.ok(error instanceof EngineError);
    assert.match(String(error.details?.["excerpt"]), /^ *3 \| >>> FROM bad$/m);
  });

  test("3.1: an image that is here for another platform is asked for at its registry", async () => {
    await bench.load("127.0.0.1:1/amd64:latest", [{}]);
    const platform = "linux/arm64";
    const message = await bench.fail({ text: "FROM 127.0.0.1:1/amd64\nENV a=b", platform });
    assert.match(message, /connect: connection refused/);
    const { config } = await bench.build({ text: "FROM --platform=linux/amd64 127.0.0.1:1/amd64\nENV a=b", platform });
    assert.equal(config.architecture, "amd64");
  });

  test("3.1: what stands on nothing is for the target's platform, whatever FROM says", async () => {
    const text = "FROM --platform=linux/arm64 scratch AS a\nARG TARGETARCH\nENV a=$TARGETARCH\nFROM a\nENV b=c";
    const { config } = await bench.build({ text, platform: "linux/s390x" });
    assert.deepEqual([config.architecture, config.config.Env?.slice(1)], ["s390x", ["a=s390x", "b=c"]]);
  });
});
