/**
 * Files that only a running process may see: secrets, scripts.
 *
 * Promises: kept in memory where the machine has a place for that; never in the data root's blobs; gone when they are
 * disposed of, or at the next start after a crash.
 */
export { PrivateFiles } from "./private-files.ts";
export type { PrivateFile } from "./private-files.ts";
