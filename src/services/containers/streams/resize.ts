import { setTimeout as delay } from "node:timers/promises";
import { internal, notFound } from "#errors";
import type { TerminalSize } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { notRunning } from "../errors.ts";

/** Clients resize as soon as they have asked for the start, which may take a moment. */
const START_PATIENCE_MS = 10_000;

/** @throws not-found, conflict for a container that does not run. */
export async function resizeContainer(deps: ContainerDeps, name: string, size: TerminalSize): Promise<void> {
  const container = deps.containers.get(name);
  if (container.process === undefined) throw notRunning(container.id);
  await container.process.resize(size);
  publishContainerEvent(deps, "resize", container, { height: String(size.rows), width: String(size.columns) });
}

/** Waits for one that is about to start. @throws not-found, also for one that is over. */
export async function resizeExec({ execs }: Pick<ContainerDeps, "execs">, id: string, size: TerminalSize): Promise<void> {
  const instance = execs.get(id);
  const patience = new AbortController();
  const outOfPatience = delay(START_PATIENCE_MS, "late" as const, { ref: false, signal: patience.signal }).catch(() => "late" as const);
  const process = await Promise.race([instance.started, outOfPatience]);
  patience.abort();
  if (process === "late") throw internal("timeout waiting for exec session ready");
  if (process === undefined || instance.state === "ended") throw notFound(`NotFound: process does not exist ${id}: not found`);
  await process.resize(size);
}
