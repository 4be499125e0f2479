import { conflict, internal } from "#errors";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { notRunning } from "../errors.ts";
import { resumeHealth } from "../health/watch-health.ts";

/** Freezes everything that runs in the container. @throws conflict. */
export async function pauseContainer(deps: ContainerDeps, name: string): Promise<void> {
  const container = deps.containers.get(name);
  await container.inTurn(async () => {
    const { id, process } = container;
    if (process === undefined || !container.isRunning) throw notRunning(id);
    if (container.isPaused) throw conflict(`Container ${id} is already paused`);
    await process.pause();
    await container.noteState({ status: "paused" });
    container.health?.stop();
    publishContainerEvent(deps, "pause", container);
  });
}

/** @throws internal, as Docker does, when it is not paused. */
export async function unpauseContainer(deps: ContainerDeps, name: string): Promise<void> {
  const container = deps.containers.get(name);
  await container.inTurn(async () => {
    if (!container.isPaused) throw internal(`Container ${container.id} is not paused`);
    await resumeNow(deps, container);
  });
}

export async function resumeNow(deps: ContainerDeps, container: Container): Promise<void> {
  await container.process?.resume();
  // It may have ended meanwhile, by a signal that waited for this.
  if (container.isPaused) {
    await container.noteState({ status: "running" });
    resumeHealth(deps, container);
  }
  publishContainerEvent(deps, "unpause", container);
}
