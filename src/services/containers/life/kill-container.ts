import { EngineError, invalidArgument, isEngineError } from "#errors";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { notRunning } from "../errors.ts";
import { resumeNow } from "./pause-container.ts";
import { isKnownSignal, parseSignal, SIGKILL, stopSignalOf } from "./signals.ts";

/** Sends a signal, by default SIGKILL, which is waited for. @throws conflict when nothing runs; invalid-argument for what is no signal. */
export async function killContainer(deps: ContainerDeps, name: string, signal = "KILL"): Promise<void> {
  try {
    const container = deps.containers.get(name);
    const number = parseSignal(signal);
    if (!isKnownSignal(number)) throw invalidArgument(`the linux daemon does not support signal ${number}`);
    if (!container.isRunning) throw notRunning(container.id);
    if (number === SIGKILL) await killNow(deps, container);
    else await sendSignal(deps, container, number);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw new EngineError(error.kind, `cannot kill container: ${name}: ${error.message}`, { cause: error });
  }
}

/** Resolves when the container has ended. */
export async function killNow(deps: ContainerDeps, container: Container): Promise<void> {
  const ended = container.wait("not-running");
  await sendSignal(deps, container, SIGKILL);
  await ended;
}

/** To a process that has just ended it is no news. What ends a container has to reach a frozen one, too. */
export async function sendSignal(deps: ContainerDeps, container: Container, number: number): Promise<void> {
  const { process, record } = container;
  if (process === undefined) return;
  const isStop = number === SIGKILL || number === stopSignalOf(record.config.StopSignal);
  try {
    await process.signal(number);
    publishContainerEvent(deps, "kill", container, { signal: String(number) });
    if (isStop) await resumeNow(deps, container);
  } catch (error) {
    if (!isEngineError(error, "not-found")) throw error;
  }
}
