import type { ContainerRecords } from "#container-records";
import type { ImageDeps } from "#images";
import type { Runtime } from "#runtime";
import type { Snapshots } from "#snapshots";
import type { Volumes } from "#volumes";
import type { ContainerSet } from "./container-set.ts";
import type { Machine } from "./create/machine.ts";
import type { ExecInstances } from "./streams/exec-instances.ts";

/** What containers stand on, introduced to each other in `open-engine.ts`. */
export interface ContainerDeps extends ImageDeps {
  readonly containers: ContainerSet;
  readonly records: ContainerRecords;
  readonly runtime: Runtime;
  readonly snapshots: Snapshots;
  readonly machine: Machine;
  readonly execs: ExecInstances;
  readonly volumes: Volumes;
  readonly warn: (message: string) => void;
  /** Fires when the engine closes: nothing starts any more. */
  readonly closing: AbortSignal;
  /** Takes over work that nobody waits for. */
  readonly later: (work: Promise<unknown>) => void;
}
