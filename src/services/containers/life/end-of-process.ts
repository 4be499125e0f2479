import { setImmediate as nextTurn } from "node:timers/promises";
import type { ProcessEnd } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { removeNow } from "./remove-container.ts";

/** The process is over and nothing of it is left: the record says so, and everybody who waits is told. */
export async function endOfProcess(deps: ContainerDeps, container: Container, { exitCode, isOomKilled }: ProcessEnd): Promise<void> {
  const finishedAt = deps.now();
  container.process = undefined;
  container.health?.stop();
  deps.execs.dropPending(container.id);
  await container.noteState({ status: "exited", exitCode, isOomKilled, finishedAt: finishedAt.toISOString() });
  await container.streams.end();
  const ranFor = finishedAt.getTime() - Date.parse(container.state.startedAt ?? finishedAt.toISOString());
  const facts = { exitCode: String(exitCode), execDuration: String(Math.floor(ranFor / 1000)) };
  container.tellExit();
  // In Docker's order: whoever has stopped it says so first.
  await nextTurn();
  publishContainerEvent(deps, "die", container, facts);
}

/** Of a container that was to be removed then. */
export async function removeAtEnd(deps: ContainerDeps, container: Container): Promise<void> {
  if (!container.record.hostConfig.AutoRemove || container.isRestarting || container.isBeingRemoved) return;
  container.isBeingRemoved = true;
  await container.inTurn(() => removeNow(deps, container, { volumes: true }));
}
