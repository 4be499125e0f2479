import { EngineError } from "#errors";
import type { ErrorKind } from "#errors";

/** The codes of OCI's distribution-spec, "Error Codes", and of those that clients know besides. */
const KINDS = {
  BLOB_UNKNOWN: "not-found",
  BLOB_UPLOAD_INVALID: "invalid-argument",
  BLOB_UPLOAD_UNKNOWN: "not-found",
  DIGEST_INVALID: "invalid-argument",
  MANIFEST_BLOB_UNKNOWN: "invalid-argument",
  MANIFEST_INVALID: "invalid-argument",
  MANIFEST_UNKNOWN: "not-found",
  NAME_INVALID: "invalid-argument",
  NAME_UNKNOWN: "not-found",
  PAGINATION_NUMBER_INVALID: "invalid-argument",
  RANGE_INVALID: "invalid-argument",
  SIZE_INVALID: "invalid-argument",
  TAG_INVALID: "invalid-argument",
  TOOMANYREQUESTS: "rate-limited",
  UNSUPPORTED: "not-implemented",
} as const satisfies Record<string, ErrorKind>;

export type RegistryErrorCode = keyof typeof KINDS;

interface RegistryFault {
  readonly code: RegistryErrorCode;
  /** One entry of the answer for each; none is one entry without a detail. */
  readonly details: readonly unknown[];
}

const faults = new WeakMap<EngineError, RegistryFault>();

/** A failure with the code by which clients of registries know it. */
export function registryError(code: RegistryErrorCode, message: string, details: readonly unknown[] = []): EngineError {
  const error = new EngineError(KINDS[code], message, { details: { code } });
  faults.set(error, { code, details });
  return error;
}

/** Failures from elsewhere have no code. */
export function registryFaultOf(error: EngineError): RegistryFault | undefined {
  return faults.get(error);
}
