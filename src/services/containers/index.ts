/**
 * The verbs of containers: what becomes of one, and how it is looked at and talked to.
 *
 * Promises: what is told of a container is true, also after a crash; two who want something of one container get
 * Docker's answers, one after the other; when a container is removed nothing of it is left. Speaks in domain words;
 * knows no HTTP, no API version and not how processes are started.
 */
export { createContainers } from "./containers.ts";
export type { Containers, ContainerVolumes, Execs } from "./containers.ts";
export type { ContainerDeps } from "./container-deps.ts";
export { ContainerSet } from "./container-set.ts";
export type { Ending, WaitCondition } from "./container.ts";
export type { Machine } from "./create/machine.ts";
export type { UpdateRequest } from "./life/update-container.ts";
export type { StatsRequest, StatsSample } from "./look/container-stats.ts";
export type { ProcessTable } from "./look/top-processes.ts";
export { recoverContainers } from "./life/recover-containers.ts";
export { stopAll } from "./life/stop-all.ts";
export { ExecInstances } from "./streams/exec-instances.ts";
export type { ExecDetail, ExecRequest } from "./streams/exec-instance.ts";
export type { ExecStartRequest } from "./streams/start-exec.ts";
export type { AttachRequest, Peer, Session } from "./streams/attach-container.ts";
export type { ContainerLines, LogsRequest } from "./streams/read-logs.ts";
export type { PathStat } from "#root-files";
export type { Volume } from "#volumes";
export type { ListedVolume } from "./volumes/container-volumes.ts";
export type * from "./types.ts";
