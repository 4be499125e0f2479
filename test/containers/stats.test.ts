import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { Json, ServedContainers } from "./served-containers.ts";

const NEVER = "0001-01-01T00:00:00Z";

describe("GET /containers/{id}/stats", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  before(async () => (api = await serveContainers()));
  after(() => api[Symbol.asyncDispose]());

  test("tells what a container uses, beside a second before or alone", async () => {
    const id = await api.run("while :; do :; done", {}, { Memory: 50_000_000 });
    const stats = await api.call(`GET /containers/${id}/stats?stream=0`);
    const usage = (name: string): number => Number(((stats[name] as Json)["cpu_usage"] as Json)["total_usage"]);
    assert.deepEqual([stats["id"], (stats["pids_stats"] as Json)["current"]], [id, 1]);
    assert.ok(usage("cpu_stats") > usage("precpu_stats") && usage("precpu_stats") > 0, "it never rests");
    assert.ok(Date.parse(String(stats["read"])) - Date.parse(String(stats["preread"])) >= 1000);
    const memory = stats["memory_stats"] as Json;
    // The kernel counts in pages.
    assert.ok(Number(memory["usage"]) > 0 && Math.abs(Number(memory["limit"]) - 50_000_000) < 65_536, JSON.stringify(memory["limit"]));
    assert.equal((await api.call(`GET /containers/${id}/stats?stream=0&one-shot=1`))["preread"], NEVER);
    await api.call(`DELETE /containers/${id}?force=1`);
  });

  test("streams a line a second until the container is removed", async () => {
    const id = await api.run("sleep 1000");
    const lines: Json[] = [];
    for await (const chunk of await api.open(`GET /containers/${id}/stats`)) {
      lines.push(JSON.parse(String(chunk)) as Json);
      if (lines.length === 2) await api.call(`DELETE /containers/${id}?force=1`);
    }
    assert.equal(lines[0]?.["preread"], NEVER);
    assert.equal(lines[1]?.["preread"], lines[0]?.["read"]);
    assert.ok(lines.length <= 3);
  });

  test("of what does not run it tells zeros; what makes no sense is refused", async () => {
    const id = await api.create("true");
    const { read, memory_stats: memory } = await api.call(`GET /containers/${id}/stats?stream=false`);
    assert.deepEqual([read, memory], [NEVER, {}]);
    await assert.rejects(api.call(`GET /containers/${id}/stats?one-shot=1`), /400 .*cannot have stream=true and one-shot=true/);
    await assert.rejects(api.call("GET /containers/nope/stats"), /404 .*No such container: nope/);
    await api.call(`DELETE /containers/${id}`);
  });
});
