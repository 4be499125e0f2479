import { EngineError } from "./engine-error.ts";
import type { EngineErrorOptions } from "./engine-error.ts";

export function invalidArgument(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("invalid-argument", message, options);
}

export function notFound(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("not-found", message, options);
}

export function conflict(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("conflict", message, options);
}

export function forbidden(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("forbidden", message, options);
}

export function unavailable(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("unavailable", message, options);
}

export function notImplemented(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("not-implemented", message, options);
}

/** Stored bytes are not what they were: a digest, a size or a record does not hold. */
export function dataLoss(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("data-loss", message, options);
}

/** A foreseen failure that no other kind describes; Docker answers these with status 500. */
export function internal(message: string, options?: EngineErrorOptions): EngineError {
  return new EngineError("internal", message, options);
}
