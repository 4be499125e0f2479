/**
 * Directories that outlive the steps of builds which write to them: package caches and the like.
 *
 * Promises: what is removed is out of sight at once. Everything here may be lost: it only saves time. Knows neither
 * builds nor who is using what.
 */
export { CacheMounts } from "./cache-mounts.ts";
export type { FirstAttributes } from "./cache-mounts.ts";
