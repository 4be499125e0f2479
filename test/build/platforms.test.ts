import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatPlatform, hostPlatform } from "#oci";
import type { BuildEvent } from "#engine";
import { hasRegistry, startRegistry } from "../fixtures/registry.ts";
import { BuildBench, once } from "./build-bench.ts";
import { tarOfFiles } from "./context-files.ts";

const HOST = hostPlatform(process.platform, process.arch);
const FOREIGN = HOST.architecture === "s390x" ? "linux/amd64" : "linux/s390x";
const NATIVE = formatPlatform(HOST);
const TEXT = "FROM scratch\nARG TARGETARCH\nENV ARCH=$TARGETARCH\nCOPY f /f\n";

async function contextOf(text: string): Promise<AsyncIterable<Uint8Array>> {
  return once(await tarOfFiles({ Dockerfile: text }));
}

async function eventsOf(bench: BuildBench, { text, platform }: { text: string; platform: string }): Promise<BuildEvent[]> {
  return Array.fromAsync(bench.engine.builds.build({ context: await contextOf(text), platform }));
}

function findings(events: readonly BuildEvent[]): unknown[] {
  return events.flatMap((event) =>
    event.type === "finding" ? [[event.finding.rule, event.finding.detail, event.finding.range.start]] : [],
  );
}

describe("builds for several platforms", () => {
  test("make one image with an index, whose manifests differ as the platforms do", async () => {
    await using bench = await BuildBench.open();
    const { id, events } = await bench.build({ files: { f: "f" }, text: TEXT, platform: `${NATIVE},${FOREIGN}`, tags: ["demo/many"] });
    const detail = await bench.engine.images.inspect("demo/many", { manifests: true });
    assert.equal(detail.id, id);
    assert.deepEqual(
      detail.manifests?.map(({ platform, available }) => [platform && formatPlatform(platform), available]),
      [
        [NATIVE, true],
        [FOREIGN, true],
      ],
    );
    const told = events.flatMap((event) => (event.type === "platform" ? [event.platform] : []));
    assert.deepEqual(told, [NATIVE, FOREIGN]);
    assert.deepEqual(detail.config.config.Env?.at(-1), `ARCH=${HOST.architecture}`);
    const [os = "", architecture = ""] = FOREIGN.split("/");
    const foreign = await bench.engine.images.inspect("demo/many", { platform: { os, architecture } });
    assert.deepEqual([foreign.config.config.Env?.at(-1), foreign.config.architecture], [`ARCH=${architecture}`, architecture]);
  });

  test("say the times of their own steps", async () => {
    await using bench = await BuildBench.open();
    const text = `FROM scratch\n${"ENV a=b\n".repeat(500)}`;
    await bench.build({ text, platform: `${NATIVE},${FOREIGN}`, tags: ["demo/times"] });
    const [os = "", architecture = ""] = FOREIGN.split("/");
    const native = await bench.engine.images.inspect("demo/times");
    const foreign = await bench.engine.images.inspect("demo/times", { platform: { os, architecture } });
    assert.ok(Date.parse(native.config.created ?? "") < Date.parse(foreign.config.created ?? ""), "the second was built after the first");
    assert.equal(foreign.config.created, foreign.config.history[0]?.created);
  });

  test("a platform that is named twice is built once", async () => {
    await using bench = await BuildBench.open();
    const { events } = await bench.build({ files: { f: "f" }, text: TEXT, platform: `${NATIVE}, ${NATIVE}` });
    assert.equal(events.filter(({ type }) => type === "platform").length, 0);
  });

  test(
    "take what a registry has for another one alone, and tell of it",
    { skip: hasRegistry ? false : "no registry is installed" },
    async () => {
      await using registry = await startRegistry();
      const name = `${registry.host}/base:1`;
      await using elsewhere = await BuildBench.open();
      await elsewhere.load(name, [{ f: "f" }]);
      await Array.fromAsync(elsewhere.engine.images.push({ name }));
      const words = `Base image ${name} was pulled with platform "linux/amd64", expected "linux/arm64" for current build`;
      await using bench = await BuildBench.open();
      const order = { text: `FROM ${name}\nCOPY --from=${name} /f /g`, platform: "linux/arm64" };
      const events = await eventsOf(bench, order);
      assert.deepEqual(findings(events), [
        ["InvalidBaseImagePlatform", words, 1],
        ["InvalidBaseImagePlatform", words, 2],
      ]);
      assert.equal(events.at(-1)?.type, "done");
      const alone = await Array.fromAsync(
        bench.engine.builds.build({ context: await contextOf(order.text), platform: "linux/arm64", checkOnly: true }),
      );
      assert.deepEqual(findings(alone), findings(events), "once it is here, a check on its own tells, too");
      assert.deepEqual(findings(await eventsOf(bench, { ...order, text: `# check=skip=all\n${order.text}` })), []);
      const strict = await bench.fail({ ...order, text: `# check=error=true\n${order.text}` });
      assert.equal(strict, "lint violation found for rules: InvalidBaseImagePlatform");
    },
  );

  test("a command for a machine that this is not is refused in words", async () => {
    await using bench = await BuildBench.open();
    const words = await bench.fail({ text: "FROM scratch\nRUN --network=none true", platform: FOREIGN });
    assert.match(words, /^cannot run commands for linux\/(s390x|amd64) on this machine, which is /);
  });
});
