import { STATUS_CODES } from "node:http";
import { EngineError } from "#errors";
import type { ErrorKind } from "#errors";
import { isJsonObject } from "#oci";
import { contentType, headerLines, retryAfter } from "./transport/headers.ts";
import type { ResponseHeaders } from "./transport/headers.ts";
import { parseChallenges } from "./auth/challenge.ts";

/** What was being done, for whoever has to understand why it failed. Nothing of it is secret. */
export interface Asking {
  /** `fetch the manifest`. */
  readonly operation: string;
  readonly method: string;
  /** As Docker shows it: of the registry itself, never of a place that it redirected to. */
  readonly url: string;
  /** What a client that pings first would have asked: where a failure to connect is shown. */
  readonly contactUrl: string;
  readonly host: string;
  /** Where the host is none but gives tokens for one: that registry. */
  readonly registry?: string;
  /** Whose credentials went along. */
  readonly credentials: string;
  /** Texts that must not come out, whoever says them. */
  readonly secrets: readonly string[];
  readonly now: number;
}

/** `details` of every error of this room. */
export interface FailureDetails {
  readonly operation?: string;
  readonly host?: string;
  /** The registry, where `host` gives tokens for it. */
  readonly registry?: string;
  /** HTTP status of the registry's answer; absent when there was none. */
  readonly status?: number;
  /** Error codes of the registry, `MANIFEST_UNKNOWN`. */
  readonly codes?: readonly string[];
  readonly credentials?: string;
  /** The first of the registry's reasons, alone. */
  readonly reason?: string;
  /** Another attempt may do better. */
  readonly isTransient?: boolean;
  /** No answer came, so that another endpoint may be asked. */
  readonly isNetwork?: boolean;
  /** The other side was never reached. */
  readonly isUnreached?: boolean;
  /** It took all the time that there was. */
  readonly isTimeout?: boolean;
  /** It was reached, and refused by TLS. */
  readonly isTls?: boolean;
  /** What a proxy answered instead of connecting to the registry. */
  readonly proxyStatus?: number;
  readonly retryAfter?: number | undefined;
  /** Worded as Docker words it, for whoever words failures of whole operations. */
  readonly isFinal?: boolean;
}

export interface FailedResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** The beginning of the body. */
  readonly text: string;
}

interface RegistryFault {
  readonly code: string;
  readonly message: string;
  readonly hasDetail: boolean;
}

/** The status by which a code of the distribution specification is known, and the words that come without any of its own. */
const CODES: Readonly<Record<string, readonly [kind: ErrorKind, standard: string]>> = {
  UNAUTHORIZED: ["unauthorized", "authentication required"],
  DENIED: ["forbidden", "requested access to the resource is denied"],
  UNSUPPORTED: ["not-implemented", "The operation is unsupported."],
  UNAVAILABLE: ["unavailable", "service unavailable"],
  TOOMANYREQUESTS: ["rate-limited", "too many requests"],
  NAME_UNKNOWN: ["not-found", "repository name not known to registry"],
  MANIFEST_UNKNOWN: ["not-found", "manifest unknown"],
  BLOB_UNKNOWN: ["not-found", "blob unknown to registry"],
  BLOB_UPLOAD_UNKNOWN: ["not-found", "blob upload unknown to registry"],
  BLOB_UPLOAD_INVALID: ["not-found", "blob upload invalid"],
  NAME_INVALID: ["invalid-argument", "invalid repository name"],
  TAG_INVALID: ["invalid-argument", "manifest tag did not match URI"],
  DIGEST_INVALID: ["invalid-argument", "provided digest did not match uploaded content"],
  SIZE_INVALID: ["invalid-argument", "provided length did not match content length"],
  MANIFEST_INVALID: ["invalid-argument", "manifest invalid"],
  MANIFEST_UNVERIFIED: ["invalid-argument", "manifest failed signature verification"],
  MANIFEST_BLOB_UNKNOWN: ["invalid-argument", "blob unknown to registry"],
  RANGE_INVALID: ["invalid-argument", "invalid content range"],
  PAGINATION_NUMBER_INVALID: ["invalid-argument", "invalid number of results requested"],
  UNKNOWN: ["internal", "unknown error"],
};
/** A limit that does not say when it ends may be hours away: only with `Retry-After` it is worth waiting for. */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);
const MAX_MESSAGE_LENGTH = 2048;

/** An answer that is none, in the words of Docker's daemon. */
export function responseFailure(response: FailedResponse, asking: Asking): EngineError {
  const { kind, message, codes, reason = message } = describe(response);
  const { status, headers } = response;
  return failure(kind, message, asking, {
    status,
    codes,
    reason: printable(withoutSecrets(reason, asking.secrets)).slice(0, MAX_MESSAGE_LENGTH),
    isTransient: TRANSIENT_STATUSES.has(status) && (status !== 429 || hasRetryAfter(headers)),
    ...(status >= 400 && { retryAfter: retryAfter(headers, asking.now) }),
  });
}

/** A failure of this room, with its secrets taken out and its facts put in. */
export function failure(kind: ErrorKind, message: string, asking: Asking, facts: FailureDetails & { cause?: unknown } = {}): EngineError {
  const { cause, ...details } = facts;
  const { operation, host, registry, credentials, secrets } = asking;
  const words = printable(withoutSecrets(message, secrets)).slice(0, MAX_MESSAGE_LENGTH);
  return new EngineError(kind, words, {
    cause,
    details: { operation, host, ...(registry !== undefined && { registry }), credentials, ...details },
  });
}

export function detailsOf(error: unknown): FailureDetails {
  return error instanceof EngineError ? (error.details ?? {}) : {};
}

/** Whether a registry refused a manifest for what it points at. */
export function lacksBlob(error: unknown): boolean {
  const { codes = [] } = detailsOf(error);
  return codes.includes("MANIFEST_BLOB_UNKNOWN") || codes.includes("BLOB_UNKNOWN");
}

/** Text from outside that may stand in a log line: control characters are spelled out. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ""}`.trim();
}

interface Description {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly codes: readonly string[];
  readonly reason?: string | undefined;
}

function describe(response: FailedResponse): Description {
  const { status, headers, text } = response;
  // Docker looks into bodies of 4xx alone; above them a body is whatever the machine in front made of it.
  if (status < 400 || status >= 500) {
    const message = `received unexpected HTTP status: ${statusLine(status)}`;
    return { kind: status === 503 && hasRetryAfter(headers) ? "unavailable" : "internal", message, codes: [] };
  }
  const challenged = challengeFaults(headers);
  const faults = challenged.length > 0 && text.trim() === "" ? challenged : [...challenged, ...bodyFaults(response)];
  const [first] = faults;
  if (first === undefined) return { ...emptyBody(status, text), codes: [] };
  const kind = status === 429 ? "rate-limited" : (CODES[first.code]?.[0] ?? "internal");
  const lines = faults.map(wordsOf);
  const message = lines.length === 1 ? (lines[0] ?? "") : `errors:\n${lines.join("\n")}\n`;
  return { kind, message, codes: faults.map(({ code }) => code), reason: lines[0] };
}

function bodyFaults({ status, headers, text }: FailedResponse): readonly RegistryFault[] {
  const type = contentType(headers);
  const json = type === "" || /json/.test(type) ? parseJson(text) : undefined;
  if (isJsonObject(json)) {
    const { errors, details } = json;
    if (Array.isArray(errors) && errors.length > 0) return errors.slice(0, 16).filter(isJsonObject).map(toFault);
    if (typeof details === "string" && details !== "") return [{ code: codeOf(status), message: details, hasDetail: true }];
  }
  if (type !== "" && /json/.test(type)) return [];
  return [{ code: codeOf(status), message: text.trim(), hasDetail: text.trim() !== "" }];
}

function emptyBody(status: number, text: string): { readonly kind: ErrorKind; readonly message: string } {
  const kind = CODES[codeOf(status)]?.[0] ?? "internal";
  const quoted = JSON.stringify(text.slice(0, 256));
  const isJson = isJsonObject(parseJson(text));
  const message = isJson
    ? `error parsing HTTP ${status} response body: no error details found in HTTP response body: ${quoted}`
    : `error parsing HTTP ${status} response body: ${text.trim() === "" ? "unexpected end of JSON input" : "invalid JSON"}: ${quoted}`;
  return { kind, message };
}

/** RFC 6750, 3.1: what is wrong with a token is said in the challenge, and is the better reason. */
function challengeFaults(headers: ResponseHeaders): readonly RegistryFault[] {
  return parseChallenges(headerLines(headers, "www-authenticate")).flatMap(({ scheme, parameters }) => {
    if (scheme !== "bearer") return [];
    const message = parameters.get("error_description");
    const named = (code: string): readonly RegistryFault[] => [{ code, message: message ?? CODES[code]?.[1] ?? "", hasDetail: true }];
    if (parameters.get("error") === "insufficient_scope") return named("DENIED");
    return parameters.get("error") === "invalid_token" ? named("UNAUTHORIZED") : [];
  });
}

function toFault(json: Readonly<Record<string, unknown>>): RegistryFault {
  const { code, message, detail } = json;
  return {
    code: typeof code === "string" && /^[A-Za-z_]{1,64}$/.test(code) ? code.toUpperCase() : "UNKNOWN",
    message: typeof message === "string" ? message : "",
    hasDetail: detail !== undefined && detail !== null,
  };
}

/** `manifest unknown: manifest unknown`; alone its code when there is nothing to add to it. */
function wordsOf({ code, message, hasDetail }: RegistryFault): string {
  const name = code.toLowerCase().replaceAll("_", " ");
  const standard = CODES[code]?.[1] ?? "";
  if (!hasDetail && (message === "" || message === standard)) return name;
  return `${name}: ${message === "" ? standard : message}`;
}

function codeOf(status: number): string {
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "DENIED";
  return status === 429 ? "TOOMANYREQUESTS" : "UNKNOWN";
}

function hasRetryAfter(headers: ResponseHeaders): boolean {
  return retryAfter(headers, 0) !== undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A hostile registry may say back what it was told. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length > 3).reduce((left, secret) => left.replaceAll(secret, "xxxxx"), text);
}
