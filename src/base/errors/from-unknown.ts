import { EngineError } from "./engine-error.ts";

export function cancelled(cause?: unknown): EngineError {
  return new EngineError("cancelled", "context canceled", { cause });
}

/** Throws `cancelled` once `signal` has fired; called at the head of every long loop. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(signal.reason);
}

/** System error codes that say something about the machine rather than about our code. */
const MACHINE_FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left on device",
  EDQUOT: "disk quota exceeded",
  EROFS: "read-only file system",
  EMFILE: "too many open files",
  ENFILE: "too many open files in system",
  EIO: "input/output error",
};

/**
 * Gives any thrown value a kind: `EngineError` as it is, an abort as `cancelled`, a fault of the machine
 * (full disk, no descriptors, …) as `unavailable` with the path, and everything else as `undefined`: a bug.
 */
export function toEngineError(error: unknown): EngineError | undefined {
  if (error instanceof EngineError) return error;
  if (!(error instanceof Error)) return undefined;
  if (error.name === "AbortError") return cancelled(error);
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : MACHINE_FAULTS[code];
  if (words === undefined) return undefined;
  const place = [syscall, path].filter((part) => part !== undefined).join(" ");
  return new EngineError("unavailable", place === "" ? words : `${place}: ${words}`, { cause: error, details: { code } });
}
