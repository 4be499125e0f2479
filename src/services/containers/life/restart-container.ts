import { EngineError, isEngineError } from "#errors";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { start } from "./start-container.ts";
import { stop } from "./stop-container.ts";
import type { StopRequest } from "./stop-container.ts";

/** Stops a container, if it runs, and starts it; one that is removed at its end is not, this time. */
export async function restartContainer(deps: ContainerDeps, name: string, request: StopRequest = {}): Promise<void> {
  const container = deps.containers.get(name);
  container.isRestarting = true;
  try {
    await container.inTurn(async () => {
      if (container.isRunning) await stop(deps, container, request);
      await start(deps, container);
    });
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw new EngineError(error.kind, `cannot restart container: ${name}: ${error.message}`, { cause: error });
  } finally {
    container.isRestarting = false;
  }
  publishContainerEvent(deps, "restart", container);
}
