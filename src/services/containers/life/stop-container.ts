import { EngineError, isEngineError } from "#errors";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { notModified } from "../errors.ts";
import { killNow, sendSignal } from "./kill-container.ts";
import { parseSignal, stopSignalOf } from "./signals.ts";

export interface StopRequest {
  /** By default the container's own, or SIGTERM. */
  readonly signal?: string;
  /** Seconds until SIGKILL; negative: never. By default the container's own, or 10. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT_S = 10;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Asks the process to end, and ends it when it does not. @throws not-modified when nothing runs. */
export async function stopContainer(deps: ContainerDeps, name: string, request: StopRequest = {}): Promise<void> {
  const container = deps.containers.get(name);
  if (!container.isRunning) throw notModified(`container ${container.id} is not running`);
  try {
    await stop(deps, container, request);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw new EngineError("internal", `cannot stop container: ${name}: ${error.message}`, { cause: error });
  }
}

/** Two who stop one container wait for the same end. */
export async function stop(deps: ContainerDeps, container: Container, { signal, timeout }: StopRequest): Promise<void> {
  const { StopSignal, StopTimeout } = container.record.config;
  const number = signal === undefined || signal === "" ? stopSignalOf(StopSignal) : parseSignal(signal);
  const seconds = timeout ?? StopTimeout ?? DEFAULT_TIMEOUT_S;
  const ended = container.wait("not-running");
  await sendSignal(deps, container, number);
  if (!(await endsWithin(ended, seconds))) await killNow(deps, container);
  publishContainerEvent(deps, "stop", container);
}

async function endsWithin(ended: Promise<unknown>, seconds: number): Promise<boolean> {
  if (seconds < 0) return ended.then(() => true);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), Math.min(seconds * 1000, MAX_TIMEOUT_MS));
  void ended.then(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
