import type { ErrorKind } from "#errors";

/** The HTTP status by which each kind of failure is known. No other file knows a status for an error. */
export const statusOf: Readonly<Record<ErrorKind, number>> = {
  "invalid-argument": 400,
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  "not-modified": 304,
  "rate-limited": 429,
  "not-implemented": 501,
  unavailable: 503,
  // Whoever cancelled has gone away and does not see it.
  cancelled: 500,
  "data-loss": 500,
  internal: 500,
};

/** The way back; also for what this engine does not send, but proxies and other engines do. */
const KINDS: ReadonlyMap<number, ErrorKind> = new Map([
  [304, "not-modified"],
  [400, "invalid-argument"],
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "not-found"],
  [408, "unavailable"],
  [409, "conflict"],
  [429, "rate-limited"],
  [499, "cancelled"],
  [501, "not-implemented"],
  [502, "unavailable"],
  [503, "unavailable"],
  [504, "unavailable"],
]);

/** The kind of failure that a status of 300 and more tells of. */
export function kindOf(status: number): ErrorKind {
  return KINDS.get(status) ?? (status >= 400 && status < 500 ? "invalid-argument" : "internal");
}
