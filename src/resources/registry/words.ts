import { EngineError, invalidArgument } from "#errors";
import type { ErrorKind } from "#errors";
import { familiar, familiarRepository } from "#oci";
import type { Digest, Reference } from "#oci";
import { detailsOf } from "./failure.ts";

/*
 * Clients tell failures apart by what the message contains: "toomanyrequests", "pull access denied", "i/o timeout". So
 * Docker's own words come first, whole and unchanged. What they leave out stands on a line of its own below them, and
 * has no words by which any failure is known: a status is a bare number there, and advice fits the failure it is for.
 */

/** The failure of a pull as Docker's daemon words it, and its explanation; errors of other rooms stay as they are. */
export function pullFailure(error: unknown, reference: Reference): unknown {
  return explained(inPull(error, reference), error);
}

/** The failure of a push, likewise: of several reasons the first. */
export function pushFailure(error: unknown): unknown {
  const { reason } = detailsOf(error);
  if (!(error instanceof EngineError)) return error;
  const words = reason ?? error.message.replace(/^\w+ ".+": (?=no basic auth credentials$)/, "");
  return explained(reworded(error, error.kind, words), error);
}

/** The failure of anything else that is asked of a registry: Docker's words are those it came with. */
export function askFailure(error: unknown): unknown {
  return explained(error, error);
}

/** Why the config of an image did not come. */
export function configFailure(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const words = isMissingBlob(error) ? UNKNOWN_BLOB : (detailsOf(error).reason ?? error.message);
  const worded = reworded(error, error.kind, `error pulling image configuration: download failed after attempts=1: ${words}`);
  return new EngineError(worded.kind, worded.message, { cause: error, details: { ...error.details, isFinal: true } });
}

export function configMismatch(digest: Digest, cause: unknown): EngineError {
  return invalidArgument(`error pulling image configuration: image config verification failed for digest ${digest}`, { cause });
}

/** What to add to Docker's words: who was asked for what, with whose credentials, what came of it, and what may help. */
export function explainFailure(error: unknown): string | undefined {
  const { operation, host, registry = host, status, isNetwork = false, credentials = "none", proxyStatus } = detailsOf(error);
  if (!(error instanceof EngineError) || operation === undefined || host === undefined || registry === undefined) return undefined;
  const answer =
    proxyStatus !== undefined
      ? `the proxy before ${host} answered with ${proxyStatus}`
      : status !== undefined
        ? `${host} answered with ${status}`
        : `${host} ${isNetwork ? "gave no answer" : "was asked"}`;
  const advice = adviceFor(error, registry);
  return `to ${operation}, ${answer}; credentials: ${credentials}${advice === undefined ? "" : `; ${advice}`}`;
}

const UNKNOWN_BLOB = "unknown blob";

function inPull(error: unknown, reference: Reference): unknown {
  const { codes: [code] = [], reason, status, isFinal } = detailsOf(error);
  if (!(error instanceof EngineError) || reason === undefined || status === undefined || isFinal === true) return error;
  const worded = (kind: ErrorKind, message: string): EngineError => reworded(error, kind, message);
  if (isMissingBlob(error)) return worded("not-found", UNKNOWN_BLOB);
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

function explained(worded: unknown, error: unknown): unknown {
  const explanation = explainFailure(error);
  if (!(worded instanceof EngineError) || explanation === undefined) return worded;
  return reworded(worded, worded.kind, `${worded.message.trimEnd()}\n${explanation}`);
}

function isMissingBlob(error: EngineError): boolean {
  const { operation, status } = detailsOf(error);
  return operation === "fetch the blob" && status === 404;
}

function adviceFor({ message, kind }: EngineError, host: string): string | undefined {
  if (message.includes("signed by unknown authority")) return `put the certificate of its authority into certs.d/${host}/ca.crt`;
  if (message.includes("server gave HTTP response to HTTPS client"))
    return `add ${host} to the insecure registries if it is meant to be without TLS`;
  if (message.includes("connection refused") || message.includes("no such host")) return "check the name and that the registry runs";
  if (kind === "rate-limited") return "wait a while, or use an account that has a higher limit";
  if (kind === "unauthorized" || kind === "forbidden" || message.includes("denied") || message.includes("no basic auth")) {
    return `log in with an account that may do this: docker login ${host}`;
  }
  return message.includes("unexpected HTTP status: 5") ? "the fault is with the registry: try again later" : undefined;
}

function reworded(error: EngineError, kind: ErrorKind, message: string): EngineError {
  return new EngineError(kind, message, { cause: error, ...(error.details !== undefined && { details: error.details }) });
}
