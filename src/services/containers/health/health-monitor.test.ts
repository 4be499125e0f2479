import assert from "node:assert/strict";
import { test } from "node:test";
import { HealthMonitor } from "./health-monitor.ts";
import type { HealthStatus } from "./health-monitor.ts";
import { healthPlanOf } from "./health-plan.ts";
import type { HealthPlan } from "./health-plan.ts";

const PLAN: HealthPlan = { command: ["x"], intervalMs: 100, timeoutMs: 50, startPeriodMs: 0, startIntervalMs: 7, retries: 3 };

interface Watched {
  readonly monitor: HealthMonitor;
  readonly statuses: HealthStatus[];
  /** How long it waited before each look. */
  readonly pauses: number[];
}

/** Looks as often as there are exit codes, each look taking a millisecond of a clock that only waiting and looking move. */
async function watch(exitCodes: readonly number[], plan: Partial<HealthPlan> = {}): Promise<Watched> {
  let time = 0;
  const [left, statuses, pauses]: [number[], HealthStatus[], number[]] = [[...exitCodes], [], []];
  const monitor: HealthMonitor = new HealthMonitor(
    { ...PLAN, ...plan },
    {
      now: () => new Date(time),
      wait: async (milliseconds) => {
        if (left.length === 0) return monitor.stop();
        pauses.push(milliseconds);
        time += milliseconds;
      },
      probe: async () => {
        time += 1;
        const exitCode = left.shift() ?? 0;
        return { exitCode, output: `look ${pauses.length}` };
      },
      onStatus: (status) => statuses.push(status),
    },
  );
  monitor.reset();
  await monitor.watch(new Date(0));
  return { monitor, statuses, pauses };
}

const cases: readonly (readonly [name: string, exitCodes: readonly number[], statuses: readonly HealthStatus[], streak: number])[] = [
  ["one good look is health", [0], ["healthy"], 0],
  ["so many failures as retries are allowed are illness", [1, 1, 1, 1], ["unhealthy"], 4],
  ["fewer are none", [1, 1], [], 2],
  ["one good look makes up for all", [1, 1, 0, 1, 1, 0], ["healthy"], 0],
  ["who was ill is well again", [1, 2, -1, 0, 1, 1, 1], ["unhealthy", "healthy", "unhealthy"], 3],
];

for (const [name, exitCodes, statuses, streak] of cases) {
  test(`${name}`, async () => {
    const watched = await watch(exitCodes);
    assert.deepEqual(watched.statuses, statuses);
    assert.equal(watched.monitor.health.failingStreak, streak);
    assert.deepEqual(new Set(watched.pauses), new Set([100]));
  });
}

test("failures in the start period do not count, and looks come more often while it is starting", async () => {
  const watched = await watch([1, 1, 1, 1, 1, 1], { startPeriodMs: 20, retries: 3 });
  assert.deepEqual(watched.pauses, [7, 7, 7, 100, 100, 100]);
  assert.deepEqual(watched.statuses, ["unhealthy"]);
  const early = await watch([1, 0, 1], { startPeriodMs: 1000, retries: 1 });
  assert.deepEqual(early.pauses, [7, 7, 100]);
  assert.deepEqual(early.statuses, ["healthy", "unhealthy"]);
});

test("the last five looks are kept, with their times", async () => {
  const { monitor } = await watch([0, 0, 0, 1, 0, 0]);
  assert.deepEqual(
    monitor.health.log.map(({ output }) => output),
    ["look 2", "look 3", "look 4", "look 5", "look 6"],
  );
  assert.deepEqual(monitor.health.log[0], {
    start: "1970-01-01T00:00:00.201Z",
    end: "1970-01-01T00:00:00.202Z",
    exitCode: 0,
    output: "look 2",
  });
});

test("whom nobody watches is unhealthy, and a restart begins anew", async () => {
  const { monitor } = await watch([0]);
  assert.equal(monitor.health.status, "unhealthy");
  monitor.reset();
  assert.deepEqual(monitor.health, { status: "starting", failingStreak: 0, log: [] });
});

test("a stop in the middle of a look ends it unseen", async () => {
  const looking = Promise.withResolvers<void>();
  const statuses: string[] = [];
  const monitor = new HealthMonitor(PLAN, {
    now: () => new Date(0),
    wait: () => Promise.resolve(),
    probe: async (signal) => {
      looking.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { exitCode: 0, output: "" };
    },
    onStatus: (status) => statuses.push(status),
  });
  const watching = monitor.watch(new Date(0));
  await looking.promise;
  monitor.stop();
  await watching;
  assert.deepEqual([statuses, monitor.health.log], [[], []]);
});

const BASE = {
  Hostname: "",
  Domainname: "",
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Image: "",
};

test("what is not said is Docker's default, and NONE is no health check", () => {
  for (const Test of [[], ["NONE"], ["CMD"], ["OTHER", "x"]]) assert.equal(healthPlanOf({ ...BASE, Healthcheck: { Test } }), undefined);
  assert.equal(healthPlanOf(BASE), undefined);
  const defaults = { intervalMs: 30_000, timeoutMs: 30_000, startPeriodMs: 0, startIntervalMs: 5000, retries: 3 };
  assert.deepEqual(healthPlanOf({ ...BASE, Healthcheck: { Test: ["CMD", "a", "b"] } }), { command: ["a", "b"], ...defaults });
  const shell = { Test: ["CMD-SHELL", "a b"], Interval: 1e9, Timeout: 2e6, StartPeriod: 3e9, StartInterval: 4e9, Retries: 5 };
  const plan = { intervalMs: 1000, timeoutMs: 2, startPeriodMs: 3000, startIntervalMs: 4000, retries: 5 };
  assert.deepEqual(healthPlanOf({ ...BASE, Healthcheck: shell }), { command: ["/bin/sh", "-c", "a b"], ...plan });
  assert.deepEqual(healthPlanOf({ ...BASE, Shell: ["/bin/ash", "-ec"], Healthcheck: shell })?.command, ["/bin/ash", "-ec", "a b"]);
});
