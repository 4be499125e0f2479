/**
 * The engine as a library: opens a data root, introduces the rooms to each other and hands out the verbs.
 */
export type { DiskUsage, Engine } from "./engine.ts";
