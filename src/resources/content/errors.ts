import { dataLoss } from "#errors";
import type { EngineError } from "#errors";
import type { Digest } from "#oci";

export function digestMismatch(expected: Digest, actual: Digest): EngineError {
  return dataLoss(`unexpected commit digest ${actual}, expected ${expected}`, { details: { expected, actual } });
}

export function sizeMismatch(expected: number, actual: number): EngineError {
  return dataLoss(`short read: expected ${expected} bytes but got ${actual}: unexpected EOF`, { details: { expected, actual } });
}

/** Stored bytes are not those of their name. */
export function damagedBlob(digest: Digest, what: string): EngineError {
  return dataLoss(`content ${digest} is damaged: ${what}`, { details: { digest } });
}
