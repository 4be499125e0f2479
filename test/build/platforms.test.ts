import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatPlatform, hostPlatform } from "#oci";
import { BuildBench } from "./build-bench.ts";

const HOST = hostPlatform(process.platform, process.arch);
const FOREIGN = HOST.architecture === "s390x" ? "linux/amd64" : "linux/s390x";
const NATIVE = formatPlatform(HOST);
const TEXT = "FROM scratch\nARG TARGETARCH\nENV ARCH=$TARGETARCH\nCOPY f /f\n";

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

  test("a platform that is named twice is built once", async () => {
    await using bench = await BuildBench.open();
    const { events } = await bench.build({ files: { f: "f" }, text: TEXT, platform: `${NATIVE}, ${NATIVE}` });
    assert.equal(events.filter(({ type }) => type === "platform").length, 0);
  });

  test("tell of images that are here for another one", async () => {
    await using bench = await BuildBench.open();
    await bench.load("base:1", [{ f: "f" }]);
    const { events } = await bench.build({ text: "FROM base:1\nENV a=b", platform: "linux/arm64,linux/amd64" });
    const found = events.flatMap((event) => (event.type === "finding" ? [[event.finding.rule, event.finding.detail]] : []));
    const words = 'Base image base:1 was pulled with platform "linux/amd64", expected "linux/arm64" for current build';
    assert.deepEqual(found, [["InvalidBaseImagePlatform", words]]);
  });

  test("a command for a machine that this is not is refused in words", async () => {
    await using bench = await BuildBench.open();
    const words = await bench.fail({ text: "FROM scratch\nRUN --network=none true", platform: FOREIGN });
    assert.match(words, /^cannot run commands for linux\/(s390x|amd64) on this machine, which is /);
  });
});
