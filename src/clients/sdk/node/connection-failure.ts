import { forbidden, isEngineError, unavailable } from "#errors";
import type { EngineError } from "#errors";

/** Node's codes of a connection that never came about, with a word on what to do. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket, is the engine running?",
  ECONNREFUSED: "connection refused, is the engine running?",
  ENOTFOUND: "the host is unknown",
  EAI_AGAIN: "the host cannot be resolved now",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the host does not answer",
};

const DENIED = new Set(["EACCES", "EPERM"]);

/** Words for whatever ended an exchange; what is an `EngineError` already stays as it is. */
export function connectionFailure(
  error: unknown,
  address: string,
  { isReused = false }: { readonly isReused?: boolean } = {},
): EngineError {
  if (isEngineError(error)) return error;
  const { code = "", message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  if (DENIED.has(code)) return forbidden(`cannot connect to the engine at ${address}: permission denied`, { cause: error });
  const reason = UNREACHABLE[code];
  if (reason !== undefined) return unavailable(`cannot connect to the engine at ${address}: ${reason}`, { cause: error });
  return unavailable(`lost the connection to the engine at ${address}: ${message}`, { cause: error, details: { code, isReused } });
}

/** A kept connection ended before anything of the answer came. */
export function isStaleConnection(error: unknown): boolean {
  return isEngineError(error, "unavailable") && error.details?.["isReused"] === true;
}
