import type { RunningContainer } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";

/** Reads what a process says, so that it does not wait; settles when it has said everything. */
export async function consumeOutput(_deps: ContainerDeps, _container: Container, process: RunningContainer): Promise<void> {
  for await (const _ of process.output);
}
