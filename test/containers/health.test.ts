import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { busyboxTar, cannotRun } from "../runtime/chains.ts";
import { serveContainers } from "./served-containers.ts";
import type { ServedContainers } from "./served-containers.ts";

const MILLISECOND = 1_000_000;
const OFTEN = { Interval: 20 * MILLISECOND, Retries: 2 };

interface HealthJson {
  readonly Status: string;
  readonly FailingStreak: number;
  readonly Log: readonly { readonly Start: string; readonly End: string; readonly ExitCode: number; readonly Output: string }[];
}

describe("health checks", { skip: cannotRun() }, () => {
  let api: ServedContainers;
  before(async () => (api = await serveContainers()));
  after(() => api[Symbol.asyncDispose]());

  async function healthOf(id: string): Promise<HealthJson | undefined> {
    const { State } = (await api.call(`GET /containers/${id}/json`)) as unknown as { State: { Health?: HealthJson } };
    return State.Health;
  }

  /** Resolves when an event tells of it; starts the container when it listens. */
  async function untilStatus(id: string, status: string, act = `POST /containers/${id}/start`): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ container: [id], event: ["health_status"] }));
    const stream = await api.open(`GET /events?filters=${filters}`);
    await api.call(act);
    for await (const chunk of stream) if (String(chunk).includes(`"health_status: ${status}"`)) return;
  }

  async function listed(id: string, query = ""): Promise<string[]> {
    const filters = encodeURIComponent(JSON.stringify({ id: [id], ...(query !== "" && { health: [query] }) }));
    const { text } = await api.ask(`GET /containers/json?filters=${filters}`);
    return (JSON.parse(text) as { Status: string }[]).map(({ Status }) => Status);
  }

  test("a container is starting, then healthy, and its looks are told", async () => {
    const id = await api.create("sleep 1000", { Healthcheck: { ...OFTEN, Test: ["CMD-SHELL", "echo fine; echo too >&2"] } });
    assert.equal(await healthOf(id), undefined);
    await untilStatus(id, "healthy");
    const health = await healthOf(id);
    assert.deepEqual([health?.Status, health?.FailingStreak], ["healthy", 0]);
    const [look] = health?.Log ?? [];
    assert.deepEqual([look?.ExitCode, look?.Output.split("\n").toSorted()], [0, ["", "fine", "too"]]);
    assert.ok(Date.parse(look?.Start ?? "") <= Date.parse(look?.End ?? ""));
    assert.match((await listed(id))[0] ?? "", /^Up .* \(healthy\)$/);
    assert.equal((await listed(id, "healthy")).length, 1);
    assert.equal((await listed(id, "unhealthy")).length, 0);
    await api.call(`POST /containers/${id}/kill`);
    assert.equal((await healthOf(id))?.Status, "unhealthy", "nobody looks any more");
  });

  test("so many failures make it unhealthy, a change makes it well, and a restart begins anew", async () => {
    const Healthcheck = { ...OFTEN, Test: ["CMD", "sh", "-c", "test -e /tmp/well || { echo ill; exit 3; }"] };
    const id = await api.create("rm -f /tmp/well; sleep 1000", { Healthcheck });
    await untilStatus(id, "unhealthy");
    const health = await healthOf(id);
    assert.equal(health?.Status, "unhealthy");
    assert.ok((health?.FailingStreak ?? 0) >= 2 && (health?.Log.length ?? 9) <= 5);
    assert.deepEqual([health?.Log[0]?.ExitCode, health?.Log[0]?.Output], [3, "ill\n"]);
    const { Id } = await api.call(`POST /containers/${id}/exec`, { body: { Cmd: ["touch", "/tmp/well"] } });
    const filters = encodeURIComponent(JSON.stringify({ container: [id], event: ["health_status"] }));
    const stream = await api.open(`GET /events?filters=${filters}`);
    await api.call(`POST /exec/${String(Id)}/start`, { body: { Detach: true } });
    for await (const chunk of stream) if (String(chunk).includes("health_status: healthy")) break;
    await api.call(`POST /containers/${id}/restart?t=0`);
    assert.deepEqual((await healthOf(id))?.FailingStreak, 0);
    await api.call(`DELETE /containers/${id}?force=1`);
  });

  test("what takes too long is killed, what says too much is cut, what is not there is said", async () => {
    const cases = [
      [
        ["CMD-SHELL", "echo waiting; sleep 1000"],
        { Timeout: 150 * MILLISECOND },
        /^Health check exceeded timeout \(150ms\): waiting\n$/,
        -1,
      ],
      [["CMD-SHELL", "busybox yes | busybox head -c 10000; exit 4"], {}, /^(?:y\n){2048}\.\.\.$/, 4],
      [["CMD", "/no/such/program"], {}, /no such file or directory/, -1],
    ] as const;
    for (const [Test, more, output, exitCode] of cases) {
      const id = await api.create("sleep 1000", { Healthcheck: { ...OFTEN, Retries: 1, Test, ...more } });
      await untilStatus(id, "unhealthy");
      const look = (await healthOf(id))?.Log[0];
      assert.match(look?.Output ?? "", output);
      assert.equal(look?.ExitCode, exitCode);
      await api.call(`DELETE /containers/${id}?force=1`);
    }
  });

  test("failures in the start period do not count", async () => {
    const Healthcheck = { Test: ["CMD", "false"], Interval: 3600e9, StartInterval: 10 * MILLISECOND, StartPeriod: 3600e9, Retries: 1 };
    const id = await api.run("sleep 1000", { Healthcheck });
    while (((await healthOf(id))?.Log.length ?? 0) < 3) await new Promise(setImmediate);
    const health = await healthOf(id);
    assert.deepEqual([health?.Status, health?.FailingStreak], ["starting", 0]);
    assert.match((await listed(id))[0] ?? "", /\(health: starting\)$/);
    await api.call(`DELETE /containers/${id}?force=1`);
  });

  test("a paused container is not looked at, and is again when it goes on", async () => {
    const id = await api.create("sleep 1000", { Healthcheck: { ...OFTEN, Test: ["CMD", "true"] } });
    await untilStatus(id, "healthy");
    await api.call(`POST /containers/${id}/pause`);
    assert.equal((await healthOf(id))?.Status, "unhealthy");
    await untilStatus(id, "healthy", `POST /containers/${id}/unpause`);
    await api.call(`DELETE /containers/${id}?force=1`);
  });

  test("the image's check counts, unless the container says NONE", async () => {
    const changes = ["HEALTHCHECK --interval=20ms CMD true", 'CMD ["sleep", "1000"]'];
    async function* archive(): AsyncGenerator<Uint8Array> {
      yield await busyboxTar();
    }
    await Array.fromAsync(api.engine.images.import({ archive: archive(), repository: "checked", tag: "1", changes }));
    const id = await api.create("sleep 1000", { Image: "checked:1" });
    await untilStatus(id, "healthy");
    const none = await api.run("sleep 1000", { Image: "checked:1", Healthcheck: { Test: ["NONE"] } });
    assert.equal(await healthOf(none), undefined);
    for (const name of [id, none]) await api.call(`DELETE /containers/${name}?force=1`);
  });
});
