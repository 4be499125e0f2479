import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDockerfile } from "../parse-dockerfile.ts";
import type { StageInstruction } from "../parse-dockerfile.ts";
import { createWorkBudget } from "../values/work-budget.ts";
import { BuildArgs } from "./build-args.ts";
import { StageScope } from "./stage-scope.ts";

interface Given {
  readonly args?: Record<string, string | null>;
  readonly globals?: Record<string, string>;
  readonly env?: readonly string[];
}

function run(lines: string, { args = {}, globals = {}, env = [] }: Given = {}) {
  const { stages, escape } = parseDockerfile(`FROM a\n${lines}`);
  const scope = new StageScope(env, {
    options: { escape, budget: createWorkBudget() },
    globalArgs: new Map(Object.entries(globals)),
    buildArgs: new BuildArgs(args),
  });
  const expanded = stages[0]?.instructions.map((instruction) => scope.expand(instruction)) ?? [];
  return { scope, expanded, last: expanded.at(-1) };
}

function fields(instruction: StageInstruction | undefined): object {
  const { word: _word, text: _text, range: _range, ...rest } = instruction ?? { word: "", text: "", range: undefined };
  return rest;
}

describe("StageScope", () => {
  // [lines, what is given, environment of RUN, Env of the image]; what BuildKit makes of ENV and ARG of one name.
  const environments: readonly [lines: string, given: Given, all: readonly string[], env: readonly string[]][] = [
    ["ENV a=1\nENV a=2 b=$a", {}, ["a=2", "b=1"], ["a=2", "b=1"]],
    ["ARG foo", {}, [], []],
    ["ARG foo=", {}, ["foo="], []],
    ["ARG foo=x", { args: { foo: "" } }, ["foo="], []],
    ["ARG foo=x", { args: { foo: null } }, ["foo=x"], []],
    ["ARG foo", { globals: { foo: "g" } }, ["foo=g"], []],
    ["ARG foo=d", { globals: { foo: "g" } }, ["foo=d"], []],
    ["ENV x=$foo\nARG foo=1", {}, ["x=", "foo=1"], ["x="]],
    ["ENV x=a\nARG x=b", {}, ["x=b"], ["x=a"]],
    ["ENV x=a\nARG x", { args: { x: "c" } }, ["x=c"], ["x=a"]],
    ["ENV x=a\nARG x", {}, ["x=a"], ["x=a"]],
    ["ARG x\nENV x over", { args: { x: "bar" } }, ["x=over"], ["x=over"]],
    ["ARG x=a\nENV x=${x:-d}", { args: { x: "b" } }, ["x=b"], ["x=b"]],
    ['ARG a=1 b c="x $a"', {}, ["a=1", "c=x 1"], []],
    ["ARG a=${x?gone}", { args: { a: "1" } }, ["a=1"], []],
    ["ENV PATH=/t:$PATH", { env: ["PATH=/bin", "Q=1"] }, ["PATH=/t:/bin", "Q=1"], ["PATH=/t:/bin", "Q=1"]],
  ];

  for (const [lines, given, all, env] of environments) {
    it(`makes ${JSON.stringify(all)} of ${JSON.stringify(lines)} with ${JSON.stringify(given)}`, () => {
      const { scope } = run(lines, given);
      assert.deepEqual(scope.environment, all);
      assert.deepEqual(scope.env, env);
    });
  }

  const expansions: readonly [line: string, fields: object][] = [
    [
      "LABEL $v='$v' b=\"$v\"",
      {
        pairs: [
          { key: "V", value: "$v" },
          { key: "b", value: "V" },
        ],
        isLegacy: false,
      },
    ],
    ["EXPOSE $ports 1", { values: ["80", "443", "1"] }],
    ['VOLUME ["/$v", "$v"]', { values: ["/V", "V"] }],
    ["WORKDIR /$v/$none", { value: "/V/" }],
    ["USER ${v}x", { value: "Vx" }],
    ["CMD echo $v", { command: { form: "shell", args: ["echo $v"] } }],
    ["MAINTAINER $v", { value: "$v" }],
    ["ONBUILD ENV a=$v", { trigger: "ENV a=$v" }],
  ];

  for (const [line, expected] of expansions) {
    it(`expands ${line}`, () => {
      const { keyword: _, ...rest } = { keyword: "", ...fields(run(`ENV v=V ports="80 443"\n${line}`).last) };
      assert.deepEqual(rest, expected);
    });
  }

  it("expands sources, files and owners of COPY, but not where it copies from or what it leaves out", () => {
    const { last } = run("ENV v=V\nCOPY --from=s$v --chown=$v --chmod=$v --exclude=$v $v <<A <<'B' /$v\n$v\nA\n$v\nB");
    assert.deepEqual(fields(last), {
      keyword: "COPY",
      sources: {
        paths: ["V"],
        files: [
          { name: "A", content: "V\n", expands: true },
          { name: "B", content: "$v\n", expands: false },
        ],
        destination: "/V",
      },
      options: { chown: "V", chmod: "V", isLink: false, exclude: ["$v"] },
      from: "s$v",
      hasParents: false,
    });
  });

  it("expands the mounts of RUN, and gives ARG back with its values", () => {
    const { scope, expanded } = run("ARG id=a b c=\nRUN --mount=type=cache,id=x$id,target=/$id y", { args: { b: "B" } });
    const [arg, instruction] = expanded;
    assert.deepEqual(fields(arg), {
      keyword: "ARG",
      args: [
        { name: "id", defaultValue: "a" },
        { name: "b", defaultValue: "B" },
        { name: "c", defaultValue: "" },
      ],
      comments: [],
    });
    assert.deepEqual(scope.args, [
      { name: "id", defaultValue: "a" },
      { name: "b", defaultValue: "B" },
      { name: "c", defaultValue: "" },
    ]);
    assert.ok(instruction?.keyword === "RUN");
    assert.deepEqual(scope.mounts(instruction), [{ type: "cache", id: "xa", target: "/a", isReadOnly: false, isRequired: false }]);
  });

  it("names each argument once, where it came first, with the value that holds by now", () => {
    const { scope } = run("ARG a=1 b c\nARG a=2\nENV c=of-env\nARG b=given");
    assert.deepEqual(scope.args, [
      { name: "a", defaultValue: "2" },
      { name: "b", defaultValue: "given" },
      { name: "c", defaultValue: "of-env" },
    ]);
  });

  it("lets a stage that is FROM this one know its arguments, and keeps its own to itself", () => {
    const { scope } = run("ARG x=1\nENV y=2");
    const fork = scope.fork();
    fork.expand(parseDockerfile("FROM a\nENV z=$x$y").stages[0]?.instructions[0] ?? assert.fail());
    assert.deepEqual(fork.environment, ["x=1", "y=2", "z=12"]);
    assert.deepEqual(fork.env, ["y=2", "z=12"]);
    assert.deepEqual(scope.environment, ["x=1", "y=2"]);
  });

  it("refuses in Docker's words", () => {
    assert.throws(() => run("ENV Y=${B?oops}"), { message: 'failed to process "${B?oops}": B: oops' });
    assert.throws(() => run("VOLUME $foo"), { message: "VOLUME specified can not be an empty string" });
  });
});
