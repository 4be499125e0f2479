import type { RunningContainer } from "#runtime";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";

/** Passes on what a process says, so that it does not wait; settles when it has said everything. */
export async function consumeOutput(
  { warn }: Pick<ContainerDeps, "warn">,
  { streams, record }: Container,
  process: RunningContainer,
): Promise<void> {
  try {
    await streams.run(process);
  } catch (error) {
    warn(`cannot read what container ${record.name} says: ${error instanceof Error ? error.message : String(error)}`);
  }
}
