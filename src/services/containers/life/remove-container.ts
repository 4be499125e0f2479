import { conflict } from "#errors";
import { collectGarbage } from "#images";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import type { ContainerRemoveRequest } from "../types.ts";

/** Removes a container and everything of it; with its layers goes what only it needed of them. */
export async function removeContainer(deps: ContainerDeps, name: string, { force = false }: ContainerRemoveRequest = {}): Promise<void> {
  const container = deps.containers.get(name);
  if (container.isBeingRemoved) throw conflict(`removal of container ${name} is already in progress`);
  if (container.isRunning && !force) throw runningConflict(container, name);
  container.isBeingRemoved = true;
  try {
    await container.inTurn(() => remove(deps, container));
  } catch (error) {
    container.isBeingRemoved = false;
    throw error;
  }
}

function runningConflict({ isPaused }: Container, name: string): Error {
  const state = isPaused ? "paused" : "running";
  const advice = isPaused ? "unpause and stop the container before removing" : "stop the container before removing";
  return conflict(`cannot remove container "${name}": container is ${state}: ${advice} or force remove`);
}

async function remove(deps: ContainerDeps, container: Container): Promise<void> {
  await deps.records.remove(container.id);
  deps.containers.remove(container);
  const blobs = deps.metadata.transaction(() => deps.metadata.containerBlobs.remove(container.id));
  publishContainerEvent(deps, "destroy", container);
  container.tellRemoval();
  deps.later(collectGarbage(deps, blobs));
}
