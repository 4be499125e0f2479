import type { ContainerDeps } from "../container-deps.ts";
import { stop } from "./stop-container.ts";

/** Whatever a container asks for, the end of an engine does not wait longer for it. */
const MAX_TIMEOUT_S = 60;
const DEFAULT_TIMEOUT_S = 10;

/** Stops everything that runs, side by side; resolves when nothing does and all records say so. */
export async function stopAll(deps: ContainerDeps): Promise<void> {
  const running = deps.containers.all().filter(({ isRunning }) => isRunning);
  await Promise.all(
    running.map(async (container) => {
      const wanted = container.record.config.StopTimeout ?? DEFAULT_TIMEOUT_S;
      const timeout = wanted < 0 ? MAX_TIMEOUT_S : Math.min(wanted, MAX_TIMEOUT_S);
      await stop(deps, container, { timeout });
    }),
  );
}
