import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { BuildBench } from "./build-bench.ts";
import type { Order } from "./build-bench.ts";
import { checkCases } from "./build-cases.ts";

const EPOCH = { SOURCE_DATE_EPOCH: "1700000000" };
const THEN = "2023-11-14T22:13:20Z";
const ORDER: Order = {
  files: { f: { text: "f", mtime: 1_600_000_000 } },
  text: "FROM base\nENV A=b\nWORKDIR /made\nCOPY f /new/\nLABEL a=b",
  buildArgs: EPOCH,
};

async function openBench(): Promise<BuildBench> {
  const bench = await BuildBench.open();
  await bench.load("base:latest", [{ b: "b" }]);
  return bench;
}

describe("3.20: SOURCE_DATE_EPOCH", () => {
  test("dates the image, every step of the build, and directories that it makes; the base and files keep their times", async () => {
    await using bench = await openBench();
    const { config, at } = await bench.build(ORDER);
    assert.equal(config.created, THEN);
    assert.deepEqual(
      config.history.map(({ created }) => created),
      ["2024-03-01T12:00:00Z", THEN, THEN, THEN, THEN],
    );
    const times = ["made", "new", "new/f", "b"].map((path) => at(path)?.mtime.seconds);
    assert.deepEqual(times, [1_700_000_000, 1_700_000_000, 1_600_000_000, 0]);
  });

  test("makes the same image on every machine, whatever was built there before", async () => {
    await using first = await openBench();
    await using second = await openBench();
    await second.build({ ...ORDER, buildArgs: {} });
    const { id } = await first.build(ORDER);
    assert.equal((await second.build(ORDER)).id, id);
    assert.equal((await second.build({ ...ORDER, noCache: true })).id, id);
    assert.notEqual((await second.build({ ...ORDER, buildArgs: { SOURCE_DATE_EPOCH: "1700000001" } })).id, id);
  });

  test("dates what commands write, so that it does not matter when and where they have run", { skip: cannotRun() }, async () => {
    await using first = await openBench();
    await using second = await openBench();
    for (const bench of [first, second]) await bench.load("busybox:1", [await busyboxTar()]);
    const text = `FROM busybox:1
      COPY --from=base b /
      RUN mkdir /d && echo x >/d/new && ln -s new /d/link && touch -d @1500000000 /d/old && rm /b
      RUN chmod 644 /d/new && echo y >/y
      RUN rm -r /d && mkdir /d && echo z >/d/z`;
    const order = { text, network: "none", buildArgs: EPOCH } as const;
    const { id, layers, diffIds, config } = await first.build(order);
    assert.equal((await second.build({ ...order, noCache: true })).id, id);
    assert.deepEqual((await first.build({ ...order, noCache: true })).diffIds, diffIds);
    assert.deepEqual(Object.keys(layers[3] ?? {}), ["y"], "what was only opened is not in the layer");
    assert.deepEqual(
      config.history.slice(1).map(({ created }) => created),
      [THEN, THEN, THEN, THEN],
    );
    const undated = await first.build({ ...order, buildArgs: {} });
    assert.notDeepEqual(undated.diffIds.slice(2), diffIds.slice(2));
    const later = await second.build({ ...order, buildArgs: { SOURCE_DATE_EPOCH: "1700000001" } });
    assert.deepEqual([later.at("y")?.mtime.seconds, later.at("d/z")?.mtime.seconds], [1_700_000_001, 1_700_000_001]);
  });

  test("dates what is squashed", async () => {
    await using first = await openBench();
    await using second = await openBench();
    const { id, config } = await first.build({ ...ORDER, squash: true });
    assert.equal(config.history.at(-1)?.created, THEN);
    assert.equal((await second.build({ ...ORDER, squash: true })).id, id);
  });

  test("may be before 1970, and of an image that is nothing but its base", async () => {
    await using bench = await openBench();
    const { config } = await bench.build({ text: "FROM base", buildArgs: { SOURCE_DATE_EPOCH: "-5" } });
    assert.equal(config.created, "1969-12-31T23:59:55Z");
  });
});

const refused = (epoch: string, reason: string) => ({
  name: `3.20: ${JSON.stringify(epoch)} is refused`,
  text: "FROM scratch\nENV a=b",
  buildArgs: { SOURCE_DATE_EPOCH: epoch },
  fails: `invalid SOURCE_DATE_EPOCH: ${epoch}: ${reason}`,
});
const noNumber = (epoch: string) => refused(epoch, `strconv.ParseInt: parsing ${JSON.stringify(epoch)}: invalid syntax`);

checkCases("SOURCE_DATE_EPOCH as an argument", [
  ...["foo", "1e3", "12 ", "context", "0x10", "1.5"].map(noNumber),
  ...["253402300800", "-62167219201", "9".repeat(40)].map((epoch) => refused(epoch, "year outside of range [0,9999]")),
  {
    name: "3.20: is there only where an ARG asks for it, and never left over",
    text: "FROM scratch\nENV a=${SOURCE_DATE_EPOCH-unset}\nARG SOURCE_DATE_EPOCH\nENV b=$SOURCE_DATE_EPOCH",
    buildArgs: EPOCH,
    config: { Env: ["a=unset", "b=1700000000"] },
    unconsumed: [],
  },
  { name: "3.20: empty is not given", text: "FROM scratch\nENV a=b", buildArgs: { SOURCE_DATE_EPOCH: "" }, config: { Env: ["a=b"] } },
]);
