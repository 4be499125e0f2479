import { conflict, invalidArgument, isEngineError } from "#errors";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { notRunning } from "../errors.ts";
import type { Container } from "../container.ts";
import { parseDetachKeys } from "./detach-keys.ts";
import { ExecInstance } from "./exec-instance.ts";
import type { ExecRequest } from "./exec-instance.ts";

/**
 * Remembers what is to run; nothing is started. Gives the ID.
 *
 * @throws invalid-argument without a command or for an unknown user, not-found, conflict for a container that does not run or is paused.
 */
export async function createExec(deps: ContainerDeps, name: string, request: ExecRequest): Promise<string> {
  if (request.command.length === 0) throw invalidArgument("No exec command specified");
  const container = deps.containers.get(name);
  checkActive(container, name);
  if (request.user !== "") await container.process?.requireUser(request.user).catch(asMistake);
  const instance = new ExecInstance(container, request, parseDetachKeys(request.detachKeys, "escape"));
  deps.execs.add(instance);
  publishExecEvent(deps, `exec_create: ${commandOf(request)}`, instance);
  return instance.id;
}

/** Whoever it is that is not there. */
function asMistake(error: unknown): never {
  throw isEngineError(error, "not-found") ? invalidArgument(error.message, { cause: error }) : error;
}

/** @param name as the container was called. */
export function checkActive(container: Container, name: string): void {
  if (!container.isRunning) throw notRunning(container.id);
  if (container.isPaused) throw conflict(`Container ${name} is paused, unpause the container before exec`);
}

export function publishExecEvent(
  deps: Pick<ContainerDeps, "events">,
  action: string,
  { id, container }: ExecInstance,
  added: Readonly<Record<string, string>> = {},
): void {
  publishContainerEvent(deps, action, container, { execID: id, ...added });
}

/** The way Docker's events have it: a program without arguments is followed by a space, too. */
export function commandOf({ command: [program = "", ...args] }: ExecRequest): string {
  return `${program} ${args.join(" ")}`;
}
