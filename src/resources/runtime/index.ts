/**
 * Processes in containers of their own, through an OCI runtime that the machine has.
 *
 * Promises: a process gets what Docker gives one and nothing more; its output comes as it is written, and the process
 * waits for whoever reads it; when a call is over, or was aborted, nothing of it is left: no process, no mount, no
 * network, no control group, no file. Knows a root directory, not where it comes from or what becomes of it.
 */
export type { BlkioEntry, BlkioStats, ContainerStats, CpuStats, MemoryStats, NetworkStats } from "./cgroups/container-stats.ts";
export { bindSource } from "./bind-source.ts";
export { requireRunnable } from "./foreign-programs.ts";
export { checkCpu, checkMemory } from "./limits/check-limits.ts";
export type { OnlineParts } from "./limits/check-limits.ts";
export { checkSurroundings } from "./limits/check-surroundings.ts";
export { mountPointsOf } from "./bundle/mount-points.ts";
export { Runtime } from "./runtime.ts";
export { userIn } from "./bundle/user-in.ts";
export type { ProcessEnd, ProcessInput, RunningContainer, RunningExec, RunningProcess } from "./running-container.ts";
export type {
  ContainerSpec,
  DeviceRate,
  DeviceRequest,
  ExecSpec,
  ExtraMount,
  JoinedContainer,
  Output,
  Propagation,
  ResourceLimits,
  RunOptions,
  RunResult,
  RunSpec,
  TerminalSize,
  Ulimit,
} from "./run-spec.ts";
