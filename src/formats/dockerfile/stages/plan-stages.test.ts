import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEngineError } from "#errors";
import { parseDockerfile } from "../parse-dockerfile.ts";
import { BuildArgs } from "./build-args.ts";
import { planStages } from "./plan-stages.ts";
import type { StagePlan } from "./plan-stages.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };

function plan(source: string, { target, args = {} }: { target?: string; args?: Record<string, string | null> } = {}): StagePlan {
  const buildArgs = new BuildArgs(args);
  return planStages(parseDockerfile(source), {
    ...(target !== undefined && { target }),
    buildArgs,
    platforms: { build: AMD64, target: ARM64 },
  });
}

function needed({ stages }: StagePlan): string {
  return stages.map(({ isNeeded, index }) => (isNeeded ? index : "-")).join("");
}

describe("planStages()", () => {
  const graphs: readonly [source: string, target: string | undefined, needed: string][] = [
    ["FROM a", undefined, "0"],
    ["FROM a AS x\nFROM b\nFROM x", undefined, "0-2"],
    ["FROM a AS X\nFROM b\nCOPY --from=x / /\nFROM c", "", "--2"],
    ["FROM a AS X\nFROM b AS Y\nCOPY --from=x / /\nFROM c", "y", "01-"],
    ["FROM a\nFROM b\nCOPY --from=0 / /", undefined, "01"],
    ["FROM a AS x\nFROM b\nRUN --mount=type=bind,FROM=X,target=/x y", undefined, "01"],
    ["FROM a AS x\nFROM b\nRUN --mount=type=bind,from=img,target=/x y", undefined, "-1"],
    ["FROM a AS x\nFROM b AS x\nFROM x", undefined, "-12"],
    ["FROM a AS x\nFROM x AS x\nFROM x", undefined, "012"],
    ["FROM 0\nFROM 0", undefined, "-1"],
    ["FROM a AS x\nFROM b AS y\nONBUILD COPY --from=x / /\nFROM y", undefined, "012"],
    ["FROM a AS x\nFROM b AS y\nONBUILD COPY --from=x / /", undefined, "-1"],
    ["FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nFROM c", undefined, "--2"],
  ];

  for (const [source, target, expected] of graphs) {
    it(`needs ${expected} of ${JSON.stringify(source)} for ${target}`, () =>
      assert.equal(needed(plan(source, target === undefined ? {} : { target })), expected));
  }

  it("tells stages from images from nothing", () => {
    const { stages } = plan("ARG V=1\nFROM a:$V AS x\nFROM X\nFROM scratch\nFROM y AS y\nFROM A:1");
    assert.deepEqual(
      stages.map(({ base }) => base),
      [
        { kind: "image", name: "a:1" },
        { kind: "stage", index: 0 },
        { kind: "scratch" },
        { kind: "image", name: "y" },
        { kind: "image", name: "A:1" },
      ],
    );
    assert.deepEqual(
      stages.map(({ displayName }) => displayName),
      ["x", "stage-1", "stage-2", "y", "stage-4"],
    );
    assert.equal(plan("FROM a").target.displayName, "");
  });

  it("expands FROM with what was declared, given and predefined, in that order", () => {
    const source = "ARG A=1\nARG B=${A}2 C=$D\nFROM x$A-$B-$C-$TARGETARCH-$BUILDPLATFORM-$TARGETVARIANT-$TARGETSTAGE";
    assert.deepEqual(plan(source).target.base, { kind: "image", name: "x1-12--arm64-linux/amd64--default" });
    assert.deepEqual(plan(source, { args: { A: "7", TARGETARCH: "z", D: "no" } }).target.base, {
      kind: "image",
      name: "x7-72--z-linux/amd64--default",
    });
    assert.deepEqual(plan("FROM --platform=$BUILDPLATFORM a").target.platform, AMD64);
    assert.equal(plan("FROM a").target.platform, undefined);
    assert.equal(plan("FROM a AS last").globalArgs.get("TARGETSTAGE"), "last");
    assert.equal(plan("FROM a AS x\nFROM b", { target: "x" }).globalArgs.get("TARGETSTAGE"), "x");
  });

  const refusals: readonly [source: string, message: string, line: number | undefined][] = [
    ["FROM a AS a\nCOPY --from=b / /\nFROM b AS b\nCOPY --from=a / /\nFROM c", "circular dependency detected on stage: a", 4],
    ["FROM a AS a\nCOPY --from=a / /\nFROM c", "circular dependency detected on stage: a", 2],
    ["FROM a\nCOPY --from=0 / /", "circular dependency detected on stage: ", 2],
    [
      "FROM x AS a\nCOPY --from=b / /\nFROM x AS b\nFROM a",
      'cannot copy from stage "b", it needs to be defined before current stage "a"',
      2,
    ],
    [
      "FROM x AS a\nRUN --mount=from=b,target=/x y\nFROM x AS b\nFROM a",
      'cannot mount from stage "b" to "/x", stage needs to be defined before current command',
      2,
    ],
    ["FROM a\nCOPY --from=7 / /\nFROM b", "invalid stage index 7", 2],
    ["FROM a\nCOPY --from=-1 / /\nFROM b", "invalid stage index -1", 2],
    [
      "FROM a\nCOPY --from=$X / /\nFROM b",
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
      2,
    ],
    ["ARG V=${Q?no}\nFROM a", 'failed to process "${Q?no}": Q: no', 1],
    ["FROM $V AS a", "base name ($V) should not be blank", 1],
    ["FROM ${V:y}", 'failed to process "${V:y}": unsupported modifier (:y) in substitution', 1],
    ["FROM --platform=$V a", "empty platform value from expression $V", 1],
    ["FROM a\nFROM --platform=$P/b/c/d a", "failed to parse platform $P/b/c/d: ", 2],
  ];

  for (const [source, message, line] of refusals) {
    it(`answers ${JSON.stringify(source)} with ${message}`, () => {
      assert.throws(
        () => plan(source),
        (error) => {
          assert.ok(isEngineError(error, "invalid-argument"));
          assert.ok(error.message.startsWith(message), error.message);
          assert.deepEqual(error.details?.["range"], { start: line, end: line });
          return true;
        },
      );
    });
  }

  it("hands the triggers of a stage to the stages FROM it, and to no other", () => {
    const { stages } = plan("FROM a AS x\nONBUILD RUN 1\nRUN 2\nONBUILD RUN 3\nFROM x AS y\nFROM y");
    assert.deepEqual(
      stages.map(({ triggers }) => triggers.map(({ text, range }) => `${text} @${range.start}`)),
      [[], ["RUN 1 @5", "RUN 3 @5"], []],
    );
    assert.throws(() => plan("FROM a AS x\nONBUILD FOO\nFROM x"), {
      message: "unknown instruction: FOO (did you mean FROM?)",
      details: { range: { start: 3, end: 3 } },
    });
  });

  it("finds a target in any case, and no other", () => {
    assert.equal(plan("FROM a AS Build-Env\nFROM b", { target: "BUIld-EnV" }).target.index, 0);
    for (const target of ["zz", "0", " "]) {
      assert.throws(() => plan("FROM a AS x", { target }), { message: `target stage "${target}" could not be found` });
    }
  });

  it("answers for what comes before, as for a trigger that fires", () => {
    const planned = plan("FROM a AS x\nFROM b AS y\nFROM c");
    assert.deepEqual(planned.sourceOf("X", 1), { kind: "stage", index: 0 });
    assert.deepEqual(planned.sourceOf("img:1", 1), { kind: "image", name: "img:1" });
    assert.deepEqual(planned.sourceOf("scratch", 1), { kind: "scratch" });
    assert.throws(() => planned.sourceOf("1", 1), { message: /^cannot copy from stage "y", it needs to be defined before / });
  });

  it("lets a context go before images, and before the stage of its name", () => {
    const source =
      "FROM Own:latest AS x\nRUN --mount=from=own,target=/o y\nFROM x\nFROM docker.io/library/own AS y\nFROM y AS stage\nRUN z";
    const contexts = new Set(["own", "stage"]);
    const planned = planStages(parseDockerfile(`${source}\nFROM scratch\nCOPY --from=STAGE / /\nCOPY --from=own / /`), {
      buildArgs: new BuildArgs({}),
      platforms: { build: AMD64, target: ARM64 },
      contexts,
    });
    const own = { kind: "context", name: "own" };
    assert.deepEqual(
      planned.stages.map(({ base }) => base),
      [own, { kind: "stage", index: 0 }, own, { kind: "context", name: "stage" }, { kind: "scratch" }],
    );
    assert.deepEqual(planned.stages[3]?.stage.instructions, []);
    // Whoever copies from a stage that is replaced copies from what stands in for it, and needs nothing of what it was.
    assert.equal(needed(planned), "---34");
    assert.deepEqual(planned.sourceOf("own:latest", 4), own);
    assert.deepEqual(planned.sourceOf("own:1", 4), { kind: "image", name: "own:1" });
  });

  it("does not let every stage fire every trigger without end", () => {
    const source = `FROM a AS x\n${"ONBUILD RUN y\n".repeat(20_000)}${"FROM x\n".repeat(20_000)}`;
    assert.throws(() => plan(source), { kind: "invalid-argument", message: /^cannot expand instructions: / });
  });

  it("walks a long chain of stages in one go", () => {
    const stages = Array.from({ length: 20_000 }, (_, index) => `FROM s${index} AS s${index + 1}`).join("\n");
    assert.equal(plan(stages).stages.filter(({ isNeeded }) => isNeeded).length, 20_000);
  });
});

describe("BuildArgs", () => {
  it("remembers which were asked for", () => {
    const buildArgs = new BuildArgs({ B: "1", A: null, C: "", http_proxy: "p", BUILDKIT_SYNTAX: "s", Http_Proxy: "x" });
    planStages(parseDockerfile("ARG C\nFROM a\nFROM b\nARG X=1 B"), { buildArgs, platforms: { build: AMD64, target: AMD64 } });
    assert.deepEqual(buildArgs.unconsumed, ["A"]);
    assert.deepEqual(
      [...buildArgs.proxies],
      [
        ["HTTP_PROXY", "p"],
        ["http_proxy", "p"],
      ],
    );
  });
});
