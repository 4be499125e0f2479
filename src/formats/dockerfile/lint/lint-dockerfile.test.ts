import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEngineError } from "#errors";
import { parsePlatform } from "#oci";
import { parseDockerfile } from "../parse-dockerfile.ts";
import { createIgnore } from "../paths/ignore.ts";
import { BuildArgs } from "../stages/build-args.ts";
import { lintDockerfile, readCheckOptions } from "./lint-dockerfile.ts";
import type { LintResult, Warning } from "./lint-dockerfile.ts";
import type { LintOptions } from "./read-for-lint.ts";
import { RULES } from "./rules.ts";

const ROOT = new URL("../../../../", import.meta.url);
const AMD64 = { os: "linux", architecture: "amd64" };

interface Case {
  readonly what: string;
  readonly dockerfile: string;
  readonly ignore?: string;
  readonly args?: Record<string, string>;
  readonly target?: string;
  /** The target's; amd64 unless given. */
  readonly platform?: string;
  /** What images are for; where it is not given, none is known. */
  readonly images?: string;
  /** `lines Rule: detail`, sorted. */
  readonly warnings: readonly string[];
  readonly error?: string;
}

// What `docker build --call=check` of Docker Engine 28.5.2 said of each file; the rules in an error are sorted.
const cases = JSON.parse(readFileSync(new URL("test/fixtures/dockerfile/lint.json", ROOT), "utf8")) as readonly Case[];

// Where a newer BuildKit, or we, say it better.
const ours: readonly Case[] = [
  {
    what: "no secret is what is public, a path or a version",
    dockerfile: "FROM scratch\nENV KEY_FILE=1 TOKEN_VERSION=1 PUBLIC_KEY=1 A_KEY=1",
    warnings: ['2 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "A_KEY")'],
  },
  {
    what: "a path is what it leads to",
    dockerfile: "# check=experimental=all\nFROM scratch\nCOPY ./a /\nCOPY /a /\nCOPY b/../a /",
    ignore: "a",
    warnings: [
      '3 CopyIgnoredFile: Attempting to Copy file "a" that is excluded by .dockerignore',
      '4 CopyIgnoredFile: Attempting to Copy file "/a" that is excluded by .dockerignore',
      '5 CopyIgnoredFile: Attempting to Copy file "a" that is excluded by .dockerignore',
    ],
  },
  {
    what: "an exception may keep what lies in a folder that is left out",
    dockerfile: "# check=experimental=all\nFROM scratch\nCOPY a /",
    ignore: "a\n!a/b",
    warnings: [],
  },
  { what: "what an image sets is not known here", dockerfile: "FROM image AS a\nLABEL x=$y\nFROM a\nLABEL x=$z", warnings: [] },
  {
    what: "what an image may well set is no mistake",
    dockerfile: "FROM image AS a\nLABEL x=${Y:?missing}\nCMD x\nFROM a\nRUN --mount=type=$T x\nFROM scratch\nCMD x",
    warnings: ["7 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals"],
  },
  {
    what: "BUILDKIT_DOCKERFILE_CHECK replaces the directive",
    dockerfile: "# check=skip=all\nFROM scratch as a\nMAINTAINER b",
    args: { BUILDKIT_DOCKERFILE_CHECK: "skip=FromAsCasing;error=true" },
    warnings: ["3 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label"],
    error: "lint violation found for rules: MaintainerDeprecated",
  },
  {
    what: "of stages without need only the FROM is looked at",
    dockerfile: "FROM scratch as a\nCMD x\nLABEL a b\nFROM scratch\nCMD y",
    target: "",
    warnings: [
      "1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
      "5 JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals",
    ],
  },
];

function lint({ dockerfile, ignore, args = {}, target, platform, images }: Partial<Case> & { readonly dockerfile: string }): LintResult {
  const buildArgs = new BuildArgs(args);
  const options: LintOptions = {
    buildArgs,
    platforms: { build: AMD64, target: platform === undefined ? AMD64 : parsePlatform(platform, AMD64) },
    ...(images !== undefined && { imageOf: () => ({ env: [], platform: parsePlatform(images, AMD64) }) }),
    isWholeFile: target === undefined,
    ...(target !== undefined && { target }),
    ...(ignore !== undefined && { ignore: createIgnore(ignore) }),
  };
  return lintDockerfile(parseDockerfile(dockerfile), readCheckOptions(dockerfile, buildArgs), options);
}

function show({ rule, detail, range: { start, end } }: Warning): string {
  return `${start === end ? start : `${start}-${end}`} ${rule}: ${detail}`;
}

describe("lintDockerfile()", () => {
  for (const given of [...cases, ...ours]) {
    it(`warns as BuildKit does: ${given.what}`, () => {
      const { warnings, error } = lint(given);
      assert.deepEqual(warnings.map(show).toSorted(), given.warnings);
      assert.equal(error?.message, given.error);
    });
  }

  it("has a case for every rule, that fires and that does not", () => {
    for (const { name } of RULES) {
      const isFired = ({ warnings }: Case): boolean => warnings.some((warning) => warning.includes(` ${name}: `));
      assert.ok(cases.some(isFired), name);
      assert.ok(!cases.every(isFired), name);
    }
  });

  it("has a section for every rule in the documentation, and no other", () => {
    const text = readFileSync(new URL("docs/lint-rules.md", ROOT), "utf8");
    const sections = Array.from(text.matchAll(/^## (.+)$/gm), ([, title]) => title);
    assert.deepEqual(
      sections.filter((title) => title !== "Choosing"),
      RULES.map(({ name }) => name).toSorted(),
    );
  });

  it("points from a warning to its place, its rule and its section", () => {
    const [warning] = lint({ dockerfile: "FROM scratch\nMAINTAINER x" }).warnings;
    assert.deepEqual(warning, {
      rule: "MaintainerDeprecated",
      description: "A label should name the author instead of MAINTAINER",
      documentation: "docs/lint-rules.md#maintainerdeprecated",
      detail: "Maintainer instruction is deprecated in favor of using label",
      range: { start: 2, end: 2 },
    });
  });

  it("knows the variables of an image when it is told", () => {
    const options = { buildArgs: new BuildArgs({}), platforms: { build: AMD64, target: AMD64 }, isWholeFile: true };
    const dockerfile = parseDockerfile("FROM image\nLABEL a=$HOME b=$NOTHING c=$PATH");
    const check = readCheckOptions("", new BuildArgs({}));
    const { warnings } = lintDockerfile(dockerfile, check, { ...options, imageOf: () => ({ env: ["HOME=/root"], platform: AMD64 }) });
    assert.deepEqual(warnings.map(show), ["2 UndefinedVar: Usage of undefined variable '$NOTHING'"]);
  });

  it("refuses options that are none", () => {
    assert.throws(() => lint({ dockerfile: "# check=skp=A\nFROM a" }), {
      message: 'failed to parse check options: invalid check option "skp"',
    });
  });

  const hostile: readonly [what: string, dockerfile: string][] = [
    [
      "undefined variables beside many that are defined",
      `FROM scratch\n${"ENV v$RANDOM=1\n".repeat(2_000)}${"LABEL a=$x\n".repeat(2_000)}`,
    ],
    ["many names, and many that are almost so", `FROM scratch\n${numbered("ENV aaaa#=1", 1_500)}${numbered("LABEL x=$aaab#", 1_500)}`],
    ["arguments of FROM", `${numbered("ARG aaaa#", 1_500)}${numbered("FROM scratch$aaab#", 1_500)}`],
    ["stages of stages", `FROM scratch AS s\n${numbered("ENV a#=1", 3_000)}${"FROM s\n".repeat(3_000)}`],
    ["long names", `FROM scratch\n${`ENV ${"a".repeat(60_000)}=1\n`.repeat(20)}${`LABEL x=$${"a".repeat(59_999)}b\n`.repeat(20)}`],
    ["broken commands", `FROM scratch\n${'CMD ["\n'.repeat(5_000)}`],
  ];

  for (const [what, dockerfile] of hostile) {
    it(`comes to an end with ${what}`, () => assert.ok(lint({ dockerfile }).warnings.length <= 1000));
  }

  const line = fc.constantFrom(
    "FROM scratch AS a",
    "FROM a as B",
    "FROM --platform=$P ${V:-x}",
    "ARG a=$b c",
    "ENV a=$c ${d:-$e}=f",
    "LABEL a ${b#*c}",
    "ONBUILD COPY --from=a x y",
    "COPY --from=0 <<X <<-Y /",
    "X",
    "Y",
    "RUN --mount=type=cache,target=$t <<X",
    "EXPOSE $p 1:2/UDP",
    'CMD ["a"',
    "wOrKdIr x\\",
    "",
    "# check=error=true",
    "# b c",
    "HEALTHCHECK --interval=1s CMD $x",
  );

  it("answers every file with warnings or a refusal", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string({ unit: "binary", maxLength: 12 })), { maxLength: 12 }), (lines) => {
        try {
          const { error } = lint({ dockerfile: lines.join("\n"), ignore: "a" });
          if (error !== undefined) assert.ok(isEngineError(error));
        } catch (error) {
          if (!isEngineError(error, "invalid-argument")) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

function numbered(line: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${line.replaceAll("#", String(index))}\n`).join("");
}
