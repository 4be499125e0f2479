import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import type { ContainerConfig } from "#oci";
import { applyChanges } from "./apply-changes.ts";

interface RecordedChange {
  readonly changes: readonly string[];
  readonly config?: ContainerConfig;
  readonly error?: string;
}

// What Docker Engine 28.5.2 answered to an import with these changes; members that it leaves null or empty are dropped.
const recorded = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/dockerfile/changes.json", import.meta.url), "utf8"),
) as readonly RecordedChange[];

function outcome(config: ContainerConfig, changes: readonly string[]): { readonly config: ContainerConfig } | { readonly error: string } {
  try {
    const changed = applyChanges(config, changes);
    return { config: Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== "")) };
  } catch (error) {
    if (!isEngineError(error, "invalid-argument")) throw error;
    return { error: error.message };
  }
}

describe("applyChanges()", () => {
  it("answers every recorded change as Docker does", () => {
    assert.ok(recorded.length > 400);
    for (const { changes, config, error } of recorded) {
      assert.deepEqual(outcome({}, changes), error === undefined ? { config } : { error }, JSON.stringify(changes));
    }
  });

  const starting: readonly [ContainerConfig, readonly string[], ContainerConfig][] = [
    [{ Env: ["A=1", "B=2"] }, ["ENV B=$A$B C=3"], { Env: ["A=1", "B=12", "C=3"] }],
    [{ Env: ["A"] }, ["ENV B=${A-unset}${A:-empty}"], { Env: ["A", "B=empty"] }],
    [{ Env: ["A=1", "A=2"] }, ["ENV B=$A", "ENV A=3"], { Env: ["A=3", "A=2", "B=2"] }],
    [{ Labels: { a: "1" } }, ["LABEL a=2 b=3"], { Labels: { a: "2", b: "3" } }],
    [{ ExposedPorts: { "1/tcp": {} } }, ["EXPOSE 2"], { ExposedPorts: { "1/tcp": {}, "2/tcp": {} } }],
    [{ Volumes: { "/a": {} } }, ["VOLUME /b"], { Volumes: { "/a": {}, "/b": {} } }],
    [{ OnBuild: ["RUN a"] }, ["ONBUILD RUN b"], { OnBuild: ["RUN a", "RUN b"] }],
    [{ WorkingDir: "/a" }, ["WORKDIR b"], { WorkingDir: "/a/b" }],
    [{ Shell: ["/bin/bash", "-ec"] }, ["CMD x"], { Shell: ["/bin/bash", "-ec"], Cmd: ["/bin/bash", "-ec", "x"] }],
    [{ Cmd: ["old"] }, ['ENTRYPOINT ["new"]'], { Entrypoint: ["new"] }],
    [{ Cmd: ["old"] }, ['CMD ["kept"]', 'ENTRYPOINT ["new"]'], { Cmd: ["kept"], Entrypoint: ["new"] }],
    [{ Cmd: ["old"], Entrypoint: ["old"] }, ["CMD []"], { Entrypoint: ["old"] }],
    [{ Healthcheck: { Test: ["CMD", "x"], Retries: 3 } }, ["HEALTHCHECK NONE"], { Healthcheck: { Test: ["NONE"] } }],
    [{ User: "a", StopSignal: "9" }, ["USER b", "STOPSIGNAL TERM"], { User: "b", StopSignal: "TERM" }],
  ];

  for (const [config, changes, expected] of starting) {
    it(`changes ${JSON.stringify(config)} by ${JSON.stringify(changes)}`, () => {
      const before = structuredClone(config);
      assert.deepEqual(applyChanges(config, changes), expected);
      assert.deepEqual(config, before);
    });
  }

  it("returns the config itself when nothing changes it", () => {
    const config: ContainerConfig = { Cmd: ["x"] };
    assert.equal(applyChanges(config, []), config);
  });

  it("names a change that is not allowed before it looks at the values of those that are", () => {
    assert.deepEqual(outcome({}, ["STOPSIGNAL foo", "RUN x"]), { error: "RUN is not a valid change command" });
    assert.deepEqual(outcome({}, ["STOPSIGNAL foo", "ENV =1"]), { error: "ENV names can not be blank" });
  });

  it("tells the lines of a mistake", () => {
    assert.throws(
      () => applyChanges({}, ["CMD a", "USER \\\n"]),
      (error) => isEngineError(error) && assert.deepEqual(error.details, { range: { start: 2, end: 2 } }) === undefined,
    );
  });

  it("keeps __proto__ as the name of a label, a volume and a variable", () => {
    const config = applyChanges({}, ["LABEL __proto__=1", "VOLUME __proto__", "ENV __proto__=2"]);
    assert.deepEqual(Object.entries(config.Labels ?? {}), [["__proto__", "1"]]);
    assert.deepEqual(Object.keys(config.Volumes ?? {}), ["__proto__"]);
    assert.deepEqual(config.Env, ["__proto__=2"]);
  });

  const bombs: readonly [string, readonly string[]][] = [
    ["values that double", ["ENV a=xxxxxxxxxxxxxxxx", ...Array.from({ length: 64 }, () => "ENV a=$a$a")]],
    ["port ranges", Array.from({ length: 3000 }, (_, index) => `EXPOSE 1-${65535 - index}`)],
    ["patterns over long values", [`ENV a=${"ab".repeat(16000)}`, `ENV b=${"x${a//*a*a*a*c/}".repeat(300)}`]],
  ];

  for (const [name, changes] of bombs) {
    it(`refuses ${name} within the work budget`, () => {
      assert.match(JSON.stringify(outcome({}, changes)), /they ask for more than [0-9]+ steps/);
    });
  }

  it("throws nothing but invalid-argument, whatever it is given", () => {
    const word = fc.constantFrom(
      "ENV ",
      "LABEL ",
      "CMD ",
      "EXPOSE ",
      "ONBUILD RUN ",
      "HEALTHCHECK ",
      "WORKDIR ",
      "a=",
      "${",
      "}",
      ":-",
      "##",
      "//",
      "\\",
      "'",
      '"',
      "<<E",
      "\n",
      " ",
      "--x=",
      "[",
      "]",
      "#",
      "$a",
      "é",
      "\ud800",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ unit: "grapheme" })), { maxLength: 30 }), (parts) => {
        const result = outcome({ Env: ["a=b"] }, [parts.join("")]);
        return "error" in result || JSON.stringify(result).length > 0;
      }),
    );
  });
});
