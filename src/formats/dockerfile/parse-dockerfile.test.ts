import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { parseDockerfile, parseTrigger } from "./parse-dockerfile.ts";

const FIXTURES = new URL("../../../test/fixtures/dockerfile/", import.meta.url);

// What Docker Engine 28.5.2 answered to a build of each text, without the file's name in front.
const refusals = JSON.parse(readFileSync(new URL("refusals.json", FIXTURES), "utf8")) as readonly { dockerfile: string; error: string }[];

function refusal(read: () => unknown): string {
  try {
    read();
    return "accepted";
  } catch (error) {
    if (!isEngineError(error, "invalid-argument")) throw error;
    return error.message;
  }
}

function place(source: string): unknown {
  try {
    parseDockerfile(source);
  } catch (error) {
    return isEngineError(error) ? error.details?.["range"] : error;
  }
  return "accepted";
}

describe("parseDockerfile()", () => {
  for (const name of readdirSync(new URL("golden/", FIXTURES))) {
    it(`reads the golden file ${name}`, () => {
      const folder = new URL(`golden/${name}/`, FIXTURES);
      const parsed = `${JSON.stringify(parseDockerfile(readFileSync(new URL("Dockerfile", folder), "utf8")), null, 2)}\n`;
      const golden = new URL("result.json", folder);
      if (process.env["UPDATE"] === "1") writeFileSync(golden, parsed);
      assert.equal(parsed, readFileSync(golden, "utf8"));
    });
  }

  it("refuses what Docker refuses, in its words", () => {
    assert.ok(refusals.length > 100);
    for (const { dockerfile, error } of refusals)
      assert.equal(
        refusal(() => parseDockerfile(dockerfile)),
        error,
        JSON.stringify(dockerfile),
      );
  });

  const ours: readonly [string, string][] = [
    ["", "the Dockerfile cannot be empty"],
    ["ARG x=1", "dockerfile contains no stages to build"],
    ["FROM a\nRUN --security=foo x", 'dockerfile parse error on line 2: security "foo" is not valid'],
    ["FROM a\nEVN x=1", "dockerfile parse error on line 2: unknown instruction: EVN (did you mean ENV?)"],
    [`FROM a\nRUN ${"x".repeat(65531)}`, "accepted"],
    [`FROM a\nRUN ${"x".repeat(65532)}`, "dockerfile line greater than max allowed size of 65535"],
    [`FROM a\nRUN ${"é".repeat(32766)}`, "dockerfile line greater than max allowed size of 65535"],
    [`FROM a\n${"ARG a\n".repeat(65535)}`, "accepted"],
    [`FROM a\n${"ARG a\n".repeat(65536)}`, "cannot read Dockerfile: more than 65536 instructions"],
    ["#".repeat(8 * 1024 * 1024 + 1), "cannot read Dockerfile: 8388609 characters, expected at most 8388608"],
  ];

  for (const [source, expected] of ours) {
    it(`answers ${JSON.stringify(source.slice(0, 40))} with ${JSON.stringify(expected)}`, () => {
      assert.equal(
        refusal(() => parseDockerfile(source)),
        expected,
      );
    });
  }

  const places: readonly [string, unknown][] = [
    ["FROM a\nFOO", { start: 2, end: 2 }],
    ["FROM a\n\nENV \\\n # c\n a", { start: 3, end: 5 }],
    ["FROM a\nRUN <<E\nx", { start: 2, end: 2 }],
    ["\nLABEL a=b", { start: 2, end: 2 }],
    ["# escape=x\nFROM a", { start: 1, end: 1 }],
  ];

  for (const [source, expected] of places) {
    it(`places the mistake of ${JSON.stringify(source)}`, () => {
      assert.deepEqual(place(source), expected);
    });
  }

  it("warns of every blank line inside an instruction", () => {
    const { emptyContinuations } = parseDockerfile("FROM a\nRUN x \\\n\n\n y\nRUN z \\\n # c\n z");
    assert.deepEqual(emptyContinuations, [{ text: "RUN x  y", range: { start: 2, end: 5 } }]);
  });

  it("throws nothing but invalid-argument, whatever it is given", () => {
    const starts = fc.constantFrom(
      "FROM a",
      "RUN ",
      "COPY ",
      "ADD ",
      "ONBUILD ",
      "ENV a=",
      "SHELL [",
      "--mount=",
      "--link",
      "<<E",
      "<<-'E'",
      "E",
    );
    const signs = fc.constantFrom("\\", "`", "\n", "\r\n", "# escape=`\n", "# c", '"', "'", "${", "}", "$", "\t", " ", "=", ",", "[", "]");
    const oddities = fc.constantFrom("\u0000", "\ufeff", "\ud800", "é", "\u00a0");
    const piece = fc.oneof(starts, signs, fc.constant("\n"), oddities);
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, piece, fc.string({ unit: "binary" })), { maxLength: 40 }), (pieces) => {
        refusal(() => parseDockerfile(`FROM a\n${pieces.join("")}`));
        refusal(() => parseDockerfile(pieces.join("")));
      }),
      { numRuns: 150 },
    );
  });

  it("keeps every instruction's lines in order and inside the file", () => {
    const line = fc.constantFrom("RUN a", "RUN a \\", "", "# c", "RUN <<E", "E", "ENV a=b", "COPY a b");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const source = ["FROM a", ...lines, "E"].join("\n");
        let last = 0;
        try {
          for (const stage of parseDockerfile(source).stages) {
            for (const { range } of [stage.from, ...stage.instructions]) {
              assert.ok(last < range.start && range.start <= range.end);
              last = range.end;
            }
          }
        } catch (error) {
          if (!isEngineError(error)) throw error;
        }
        assert.ok(last <= lines.length + 2);
      }),
    );
  });

  // Each would take minutes if any step went back over what it has read.
  const COUNT = 50_000;
  const hostile: Readonly<Record<string, string>> = {
    "continuations without end": `FROM a\nRUN x${" \\\n".repeat(COUNT)}`,
    "blanks before every continuation": `FROM a\nRUN x${`${" ".repeat(60000)}\\\n`.repeat(10)}`,
    "comments above many ARGs": `${"# a b\n".repeat(COUNT)}ARG ${"\\\nx ".repeat(COUNT)}\nFROM a`,
    "quotes that never end": `FROM a\nENV ${"\\\na=' b=\" ".repeat(COUNT)}`,
    "flags without end": `FROM a\nRUN ${"\\\n--mount=x ".repeat(COUNT)}`,
    "triggers of triggers": `FROM a\n${"ONBUILD \\\n".repeat(COUNT)}`,
    "heredocs without end": `FROM a\nRUN ${"\\\n<<E ".repeat(COUNT)}\n${"E\n".repeat(COUNT - 1)}`,
    redirections: `FROM a\nRUN ${"\\\n<< ".repeat(COUNT)}`,
    "nested substitutions": `FROM a\nRUN <<E ${"\\\n${a:-".repeat(COUNT)}`,
    "nested arrays": `FROM a\nRUN ${"\\\n[[[[".repeat(COUNT)}`,
    "a long tail of white space": `FROM a\nRUN x${`\\\n${" ".repeat(60000)}x`.repeat(20)}`,
    "directives with blanks": `# ${" ".repeat(60000)}escape${" ".repeat(5000)}x\nFROM a`,
    "many stages": "FROM a AS b\nCOPY --from=b x y\n".repeat(COUNT / 4),
    "names like __proto__": "FROM a\n__proto__ x\nconstructor y",
  };

  for (const [name, source] of Object.entries(hostile)) {
    it(`reads ${name} in one pass`, () => {
      const started = performance.now();
      refusal(() => parseDockerfile(source));
      assert.ok(performance.now() - started < 5000);
    });
  }
});

describe("parseTrigger()", () => {
  it("reads one instruction with its heredocs", () => {
    const trigger = parseTrigger("COPY <<A /x\n1\nA");
    assert.equal(trigger.keyword, "COPY");
    assert.deepEqual(trigger.keyword === "COPY" && trigger.sources.files, [{ name: "A", expands: true, content: "1\n" }]);
  });

  const refused: readonly [string, string][] = [
    ["RUN a\nRUN b", "onbuild trigger should be a single expression"],
    ["FROM a", "FROM isn't allowed as an ONBUILD trigger"],
    ["foo", "unknown instruction: foo (did you mean from?)"],
    ["ENV a", "ENV must have two arguments"],
  ];

  for (const [trigger, expected] of refused) {
    it(`refuses ${JSON.stringify(trigger)}`, () => {
      assert.equal(
        refusal(() => parseTrigger(trigger)),
        expected,
      );
    });
  }
});
