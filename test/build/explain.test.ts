import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { BuildBench, once } from "./build-bench.ts";
import type { Order } from "./build-bench.ts";

describe("explain", () => {
  let bench: BuildBench;
  before(async () => {
    bench = await BuildBench.open();
  });
  after(() => bench[Symbol.asyncDispose]());

  async function reasons(order: Order): Promise<string[]> {
    const { events } = await bench.build({ ...order, explain: true });
    return events.flatMap((event) => (event.type === "missed" ? [event.reason] : []));
  }

  test("says of every miss which input has changed", async () => {
    const text = "FROM scratch\nCOPY src/ /src/\nCOPY late /\n";
    const files = { "src/a.js": "a", "src/b.js": "b", late: "late" };
    const never = "the step has not been done before";
    assert.deepEqual(await reasons({ text, files }), [never, never]);
    assert.deepEqual(await reasons({ text, files }), []);
    assert.deepEqual(await reasons({ text, files: { ...files, "src/b.js": "changed", "src/c.js": "new" } }), [
      "changed: file /src/b.js, file /src/c.js",
      "changed: the steps before it",
    ]);
    assert.deepEqual(await reasons({ text, files: { "src/a.js": "a", late: "late" } }), [
      "the step has not been done with all of this together, or something was taken away",
      "changed: the steps before it",
    ]);
    assert.deepEqual(await reasons({ text, files, noCache: true }), ["the cache is not to be used", "the cache is not to be used"]);
    const { events } = await bench.build({ text, files: { ...files, late: "other" } });
    assert.equal(
      events.some(({ type }) => type === "missed"),
      false,
    );
  });

  test("names the build argument, the user and the directory of a command", { skip: cannotRun() }, async () => {
    await Array.fromAsync(bench.engine.images.import({ archive: once(await busyboxTar()), repository: "busybox", tag: "1" }));
    const run = (user: string, value: string): Order => ({
      text: `FROM busybox:1\nARG VALUE\nUSER ${user}\nRUN true`,
      buildArgs: { VALUE: value },
      network: "none",
    });
    await bench.build(run("1", "a"));
    assert.deepEqual(await reasons(run("1", "a")), []);
    assert.deepEqual(await reasons(run("2", "b")), ["changed: variable VALUE, the user"]);
  });
});
