/**
 * The engine as a library: opens a data root, introduces the rooms to each other and hands out the verbs.
 */
export type { EngineErrorOptions, ErrorKind } from "#errors";
export { EngineError, isEngineError } from "#errors";
export type * from "#build";
export type * from "#containers";
export type * from "#distribution";
export type * from "#images";
export type * from "#remote";
export type { Engine, EngineUsage, VolumeUsage } from "./engine.ts";
export { checkDataRoot } from "./check-data-root.ts";
export type { CheckReport } from "./check-data-root.ts";
export { openEngine } from "./open-engine.ts";
export type { OpenOptions } from "./open-engine.ts";
