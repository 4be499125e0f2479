/**
 * What the processes of containers said: one log each, in the files that Docker's `json-file` driver would write.
 *
 * Promises: what was appended is read again in order, while more is appended and files rotate; no log takes more of the
 * disk than its options allow; who appends waits when the disk is slower; after a crash everything up to the last whole
 * line is there. Nothing is synced: after a power cut no process runs any more either. Knows no container, only paths.
 */
export { ContainerLog } from "./container-log.ts";
export type { LogMark } from "./container-log.ts";
export { parseLogDriver } from "./log-driver.ts";
export type { LogDriver } from "./log-driver.ts";
export type { LogLine, LogStream } from "./log-line.ts";
export type { LogQuery } from "./log-query.ts";
