/**
 * Files of a container, reached from outside while it may be running and meaning no good.
 *
 * Promises: what a path of the container leads to is what it leads to in there, and never anything outside of the root
 * and of what is mounted in it; no path is looked up twice, so whoever swaps directories for links meanwhile gains
 * nothing; no program and no library of the root is used. Contents go through, whole files are never held. Knows no
 * containers and not how roots come about.
 */
export { exportRoot } from "./export-root.ts";
export type { ExtractOptions } from "./extract.ts";
export type { Owner } from "./make-entry.ts";
export type { Place } from "./make-places.ts";
export { makePlaces } from "./make-places.ts";
export { openDirectory } from "./open-directory.ts";
export { RootFiles } from "./root-files.ts";
export type { Lookup, LookupFailure, PathStat, RootMount } from "./root-files.ts";
