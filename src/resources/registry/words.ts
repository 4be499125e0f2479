import { EngineError } from "#errors";
import type { ErrorKind } from "#errors";
import { familiar, familiarRepository } from "#oci";
import type { Reference } from "#oci";
import { detailsOf, statusLine } from "./failure.ts";

/** The failure of a pull as Docker's daemon words it; errors of other rooms stay as they are. */
export function pullFailure(error: unknown, reference: Reference): unknown {
  const { codes: [code] = [], reason, status } = detailsOf(error);
  if (!(error instanceof EngineError) || reason === undefined || status === undefined) return error;
  const worded = (kind: ErrorKind, message: string): EngineError => reworded(error, kind, message);
  // A registry that says nothing but the code is passed on as it is; Docker does so, and clients know it.
  if (!reason.includes(": ")) return worded(error.kind, reason);
  const name = familiarRepository(reference);
  switch (code) {
    case "DENIED":
      return worded("not-found", `pull access denied for ${name}, repository does not exist or may require 'docker login': ${reason}`);
    case "MANIFEST_UNKNOWN":
      return worded("not-found", `manifest for ${familiar(reference)} not found: ${reason}`);
    case "NAME_UNKNOWN":
      return worded("not-found", `repository ${name} not found: ${reason}`);
    default:
      return error;
  }
}

/** The failure of a push as Docker's daemon words it: of several reasons the first. */
export function pushFailure(error: unknown): unknown {
  const { reason } = detailsOf(error);
  return error instanceof EngineError && reason !== undefined ? reworded(error, error.kind, reason) : error;
}

/** What to add to Docker's words: who was asked for what, with whose credentials, what came of it, and what may help. */
export function explainFailure(error: unknown): string | undefined {
  const { operation, host, status, credentials = "none" } = detailsOf(error);
  if (!(error instanceof EngineError) || operation === undefined || host === undefined) return undefined;
  const answer = status === undefined ? `${host} gave no answer` : `${host} answered ${statusLine(status)}`;
  const advice = adviceFor(error, host);
  return `to ${operation}, ${answer}; credentials: ${credentials}${advice === undefined ? "" : `; ${advice}`}`;
}

function adviceFor({ message, kind }: EngineError, host: string): string | undefined {
  if (message.includes("signed by unknown authority")) return `put the certificate of its authority into certs.d/${host}/ca.crt`;
  if (message.includes("server gave HTTP response to HTTPS client"))
    return `add ${host} to the insecure registries if it is meant to be without TLS`;
  if (message.includes("connection refused") || message.includes("no such host")) return "check the name and that the registry runs";
  if (/toomanyrequests|429/.test(message)) return "wait a while, or log in where accounts have a higher limit";
  if (kind === "unauthorized" || kind === "forbidden" || message.includes("denied") || message.includes("no basic auth")) {
    return `log in with an account that may do this: docker login ${host}`;
  }
  return message.includes("unexpected HTTP status: 5") ? "the fault is with the registry: try again later" : undefined;
}

function reworded(error: EngineError, kind: ErrorKind, message: string): EngineError {
  return new EngineError(kind, message, { cause: error, ...(error.details !== undefined && { details: error.details }) });
}
