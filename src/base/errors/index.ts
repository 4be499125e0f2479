/**
 * Every way an operation can fail, as a closed set of kinds.
 *
 * Promises: whatever leaves a door is an `EngineError`, or it is a bug. Knows nothing of HTTP, of Docker
 * or of any room; a room that needs a named failure builds it from these kinds in its own `errors.ts`.
 */
export { EngineError, isEngineError } from "./engine-error.ts";
export type { EngineErrorOptions, ErrorKind } from "./engine-error.ts";
export { conflict, dataLoss, forbidden, internal, invalidArgument, notFound, notImplemented, unavailable } from "./factories.ts";
export { cancelled, throwIfAborted, toEngineError } from "./from-unknown.ts";
