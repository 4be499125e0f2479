/** What went wrong, in terms a caller can act on. Mapped to HTTP statuses in one table, in `wire`. */
export type ErrorKind =
  | "invalid-argument"
  | "not-found"
  | "conflict"
  | "not-modified"
  | "unauthorized"
  | "forbidden"
  | "unavailable"
  | "not-implemented"
  | "rate-limited"
  | "cancelled"
  | "data-loss"
  | "internal";

export interface EngineErrorOptions {
  readonly cause?: unknown;
  /** Facts for logs and programs; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A failure that was foreseen: its message is written for the person who asked. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly kind: ErrorKind;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(kind: ErrorKind, message: string, options: EngineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.details = options.details;
  }
}

export function isEngineError(error: unknown, kind?: ErrorKind): error is EngineError {
  return error instanceof EngineError && (kind === undefined || error.kind === kind);
}
