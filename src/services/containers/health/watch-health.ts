import { setTimeout as delay } from "node:timers/promises";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { HealthMonitor } from "./health-monitor.ts";
import type { HealthSurroundings } from "./health-monitor.ts";
import { healthPlanOf } from "./health-plan.ts";
import { probeContainer } from "./probe-container.ts";

/** The container has started, and whoever asked for it is told of its health from here on. */
export function beginHealth(deps: ContainerDeps, container: Container): void {
  const plan = healthPlanOf(container.record.config);
  if (plan === undefined) return;
  container.health ??= new HealthMonitor(plan, {
    probe: (signal) => probeContainer(deps, container, { plan, wait, signal }),
    now: deps.now,
    wait,
    onStatus: (status) => publishContainerEvent(deps, `health_status: ${status}`, container),
  });
  container.health.reset();
  resumeHealth(deps, container);
}

/** What has stopped by `health.stop()` goes on. */
export function resumeHealth(deps: ContainerDeps, { health, state }: Container): void {
  if (health !== undefined) deps.later(health.watch(new Date(state.startedAt ?? deps.now())));
}

const wait: HealthSurroundings["wait"] = async (milliseconds, signal) => {
  // Timers hold no more than that; who asks for longer than three weeks is looked at sooner.
  await delay(Math.min(milliseconds, 2_147_483_647), undefined, { ref: false, signal }).catch(() => undefined);
};
