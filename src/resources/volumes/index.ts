/**
 * Directories that containers keep their data in, beside their own files.
 *
 * Promises: a volume is there whole or not at all, also after a crash; it is filled once, before anybody uses it; what is
 * removed is out of sight at once. Knows nothing of containers and of who uses a volume.
 */
export { Volumes } from "./volumes.ts";
export type { Volume } from "./volumes.ts";
