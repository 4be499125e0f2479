import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BuildBench } from "./build-bench.ts";

describe("Dockerfiles and images without measure", { timeout: 60_000 }, () => {
  let bench: BuildBench;

  before(async () => {
    bench = await BuildBench.open();
  });
  after(() => bench[Symbol.asyncDispose]());

  const REFUSED: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
    "65536 instructions": [`FROM scratch\n${"ENV a=b\n".repeat(65_535)}`, /^cannot build 65536 steps: expected at most 10000$/],
    "10,000 stages": [
      Array.from({ length: 10_000 }, (_, index) => `FROM ${index === 0 ? "scratch" : `s${index - 1}`} AS s${index}\nLABEL a=b\n`).join(""),
      /^cannot build 20000 steps/,
    ],
    "a file of 9 MB": [
      `FROM scratch\n${`# ${"x".repeat(60_000)}\n`.repeat(150)}`,
      /^cannot read Dockerfile: it has \d+ bytes, expected at most 8388608$/,
    ],
    "stages that copy from each other": [
      "FROM scratch AS a\nCOPY --from=c /x /\nFROM scratch AS b\nCOPY --from=a /x /\nFROM scratch AS c\nCOPY --from=b /x /\n",
      /^circular dependency detected on stage: a$/,
    ],
    "an ENV that doubles": [
      `FROM scratch\nENV a=xxxxxxxx\n${"ENV a=$a$a\n".repeat(60)}`,
      /cannot expand instructions: they ask for more than/,
    ],
    "an ARG that doubles": [
      `ARG a=xxxxxxxx\n${"ARG a=$a$a\n".repeat(60)}FROM scratch\nLABEL a=b\n`,
      /cannot expand instructions: they ask for more than/,
    ],
  };
  for (const [what, [text, message]] of Object.entries(REFUSED)) {
    test(`${what} are refused, and soon`, async () => assert.match(await bench.fail({ text }), message));
  }

  test("an image that brings more triggers than a build may have steps is refused", async () => {
    await bench.load("triggers:1", [{ a: "a" }], { OnBuild: Array.from({ length: 10_001 }, (_, index) => `ENV a${index}=b`) });
    assert.match(await bench.fail({ text: "FROM triggers:1\n" }), /^cannot build 10001 steps/);
  });

  test("thousands of steps and a thousand stages are built, and others are answered meanwhile", async () => {
    let answered = 0;
    const asking = setInterval(() => void bench.engine.images.list().then(() => (answered += 1)), 1);
    const labels = Array.from({ length: 3000 }, (_, index) => `LABEL a${index}=b`).join("\n");
    const { config } = await bench.build({ text: `FROM scratch\n${labels}\n` });
    assert.equal(config.history.length, 3000);
    const stages = Array.from(
      { length: 1000 },
      (_, index) => `FROM ${index === 0 ? "scratch" : `s${index - 1}`} AS s${index}\nLABEL a${index}=b`,
    );
    assert.equal((await bench.build({ text: stages.join("\n") })).config.history.length, 1000);
    clearInterval(asking);
    assert.ok(answered > 10, `${answered} requests were answered`);
  });
});
