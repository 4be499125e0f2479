import { conflict, internal } from "#errors";
import { collectGarbage, onFullDisk } from "#images";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { removeVolumesOf } from "../volumes/container-volumes.ts";
import type { ContainerRemoveRequest } from "../types.ts";
import { killNow } from "./kill-container.ts";

/** Removes a container and everything of it; with its layers goes what only it needed of them. */
export async function removeContainer(deps: ContainerDeps, name: string, request: ContainerRemoveRequest = {}): Promise<void> {
  const container = deps.containers.get(name);
  if (request.link === true) throw internal("Conflict, cannot remove the default link name of the container");
  if (container.isBeingRemoved) throw conflict(`removal of container ${name} is already in progress`);
  if (request.force !== true) checkStopped(container, name);
  container.isBeingRemoved = true;
  try {
    if (container.isRunning) await killNow(deps, container);
    await container.inTurn(async () => {
      // It may have been started while a start that came first had its turn.
      if (container.isRunning && request.force !== true) checkStopped(container, name);
      if (container.isRunning) await killNow(deps, container);
      await removeNow(deps, container, request);
    });
  } catch (error) {
    container.isBeingRemoved = container.isRemoved;
    throw error;
  }
}

function checkStopped({ isPaused, isRunning }: Container, name: string): void {
  const refusal = `cannot remove container "${name}": container is`;
  if (isPaused) throw conflict(`${refusal} paused and must be unpaused first`);
  if (isRunning) throw conflict(`${refusal} running: stop the container before removing or force remove`);
}

/** In the container's turn; it must not run. What could not be removed is there, and can be. */
export async function removeNow(deps: ContainerDeps, container: Container, request: ContainerRemoveRequest): Promise<void> {
  container.isBeingRemoved = true;
  try {
    await remove(deps, container, request);
  } catch (error) {
    container.isBeingRemoved = container.isRemoved;
    throw error;
  }
}

async function remove(deps: ContainerDeps, container: Container, { volumes = false }: ContainerRemoveRequest): Promise<void> {
  await container.over;
  container.streams.release();
  // Whoever still reads its files is cut off.
  await deps.snapshots.unmount(container.folder);
  deps.execs.dropAll(container.id);
  await deps.records.remove(container.id);
  deps.containers.remove(container);
  const blobs = await onFullDisk(deps, () => deps.metadata.transaction(() => deps.metadata.containerBlobs.remove(container.id)));
  publishContainerEvent(deps, "destroy", container);
  if (volumes) await removeVolumesOf(deps, container.record);
  container.tellRemoval();
  deps.later(collectGarbage(deps, blobs));
}
