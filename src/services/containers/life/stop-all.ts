import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";
import { killNow } from "./kill-container.ts";
import { stop } from "./stop-container.ts";

/** Whatever a container asks for, the end of an engine does not wait longer for it. */
const MAX_TIMEOUT_S = 60;
const DEFAULT_TIMEOUT_S = 10;

/**
 * Stops everything that runs, side by side, each with its own signal and time; resolves when nothing does and all records
 * say so. Nothing may be startable any more.
 *
 * @param signal kills what still runs.
 */
export async function stopAll(deps: ContainerDeps, signal: AbortSignal): Promise<void> {
  await Promise.all(
    deps.containers.all().map((container) =>
      stopLast(deps, container, signal).catch((error: unknown) => {
        // One that cannot be stopped must not keep the others running.
        deps.warn(`cannot stop container ${container.record.name}: ${error instanceof Error ? error.message : String(error)}`);
      }),
    ),
  );
}

async function stopLast(deps: ContainerDeps, container: Container, signal: AbortSignal): Promise<void> {
  // Who is just starting it is through with that then, one way or the other.
  if (!container.isRunning) await container.settled();
  // And who waits for a run to listen to has nothing to wait for.
  if (!container.isRunning) return container.streams.release();
  const kill = (): void => void killNow(deps, container).catch(() => undefined);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  const wanted = container.record.config.StopTimeout ?? DEFAULT_TIMEOUT_S;
  const timeout = wanted < 0 ? MAX_TIMEOUT_S : Math.min(wanted, MAX_TIMEOUT_S);
  try {
    await stop(deps, container, { timeout });
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
