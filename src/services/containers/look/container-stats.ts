import { setTimeout as delay } from "node:timers/promises";
import { cancelled, isEngineError } from "#errors";
import type { ContainerStats } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";

/** Docker's clients compute shares from two of these, and count on a second between them. */
const INTERVAL_MS = 1000;

export interface StatsRequest {
  /** Again and again, until the container is removed. */
  readonly stream: boolean;
  /** The numbers of this moment, without waiting for others to compare them with. */
  readonly oneShot: boolean;
}

/** What a container uses now and a moment ago; undefined while it does not run, or as long as there was no moment before. */
export interface StatsSample {
  readonly id: string;
  readonly name: string;
  readonly current: ContainerStats | undefined;
  readonly previous: ContainerStats | undefined;
}

/** Ends after one unless it streams; `signal` ends it, too. @throws not-found. */
export async function* containerStats(
  { containers }: Pick<ContainerDeps, "containers">,
  name: string,
  { stream, oneShot }: StatsRequest,
  signal?: AbortSignal,
): AsyncGenerator<StatsSample> {
  const container = containers.get(name);
  let previous: ContainerStats | undefined;
  if (!stream && !oneShot && container.isRunning) {
    previous = await measure(container);
    await pause(signal);
  }
  do {
    const current = await measure(container);
    yield { id: container.id, name: container.record.name, current, previous };
    previous = current;
    if (stream) await pause(signal);
  } while (stream && !container.isRemoved);
}

/** What has just ended uses nothing. */
async function measure({ process }: Container): Promise<ContainerStats | undefined> {
  try {
    return await process?.stats();
  } catch (error) {
    if (isEngineError(error, "not-found")) return undefined;
    throw error;
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(INTERVAL_MS, undefined, { ref: false, ...(signal !== undefined && { signal }) });
  } catch (error) {
    throw cancelled(error);
  }
}
