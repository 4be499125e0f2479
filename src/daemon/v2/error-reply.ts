import type { RegistryErrorCode } from "#distribution";
import { registryFaultOf } from "#distribution";
import type { EngineError, ErrorKind } from "#errors";
import { statusOf } from "#wire";
import { jsonReply } from "./reply.ts";
import type { Reply } from "./reply.ts";

/** Where the code says more than the kind of failure. */
const STATUS: Partial<Record<RegistryErrorCode, number>> = {
  RANGE_INVALID: 416,
  SIZE_INVALID: 413,
  UNSUPPORTED: 405,
};

/** For failures that are not the protocol's own. */
const CODES: Partial<Record<ErrorKind, string>> = {
  unauthorized: "UNAUTHORIZED",
  forbidden: "DENIED",
  "not-implemented": "UNSUPPORTED",
  "rate-limited": "TOOMANYREQUESTS",
  unavailable: "UNAVAILABLE",
};

/** distribution-spec, "Error Codes". */
export function errorReply(error: EngineError): Reply {
  const fault = registryFaultOf(error);
  const status = (fault && STATUS[fault.code]) ?? statusOf[error.kind];
  const entry = { code: fault?.code ?? CODES[error.kind] ?? "UNKNOWN", message: error.message };
  const details = fault?.details ?? [];
  return jsonReply({ errors: details.length === 0 ? [entry] : details.map((detail) => ({ ...entry, detail })) }, {}, status);
}

export function methodNotAllowed(methods: readonly string[]): Reply {
  const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  const message = "the operation is unsupported";
  return jsonReply({ errors: [{ code: "UNSUPPORTED", message }] }, { Allow: allowed.join(", ") }, 405);
}

export function pathNotFound(): Reply {
  return jsonReply({ errors: [{ code: "UNKNOWN", message: "page not found" }] }, {}, 404);
}
