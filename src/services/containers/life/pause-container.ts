import { conflict, internal, isEngineError } from "#errors";
import type { EngineError } from "#errors";
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
    await container.freezing(async () => {
      await unlessEnded(process.pause(), () => notRunning(id));
      await container.noteState({ status: "paused" });
      container.health?.stop();
      publishContainerEvent(deps, "pause", container);
    });
    // It cannot die of that while it is frozen.
    if (process.wasKilled) await resumeNow(deps, container);
  });
}

/** @throws internal, as Docker does, when it is not paused. */
export async function unpauseContainer(deps: ContainerDeps, name: string): Promise<void> {
  const container = deps.containers.get(name);
  await container.inTurn(async () => {
    if (!container.isPaused) throw notPaused(container);
    await unlessEnded(resumeNow(deps, container), () => notPaused(container));
  });
}

/** What is not paused goes on anyway. @throws not-found when it has just ended. */
export async function resumeNow(deps: ContainerDeps, container: Container): Promise<void> {
  await container.freezing(async () => {
    if (!container.isPaused) return;
    await container.process?.resume();
    await container.noteState({ status: "running" });
    resumeHealth(deps, container);
    publishContainerEvent(deps, "unpause", container);
  });
}

function notPaused({ id }: Container): EngineError {
  return internal(`Container ${id} is not paused`);
}

/** Of what has just ended nobody has been told yet. */
async function unlessEnded(change: Promise<void>, refusal: () => EngineError): Promise<void> {
  try {
    await change;
  } catch (error) {
    throw isEngineError(error, "not-found") ? refusal() : error;
  }
}
