import { getServers } from "node:dns";
import { STATUS_CODES } from "node:http";
import { EngineError } from "#errors";

/** Why no response came, in the words of Docker's daemon, which scripts look for. `isTransient`: another attempt may do better. */
export interface NetworkFailure {
  readonly words: string;
  readonly isTransient: boolean;
  /** The other side was never reached: nothing was asked. */
  readonly isUnreached: boolean;
  /** It has cost all the time there was; asking again would cost as much. */
  readonly isTimeout?: boolean;
  /** TLS is spoken there, so that plain HTTP would be no better. */
  readonly isTls?: boolean;
  /** What a proxy answered instead of connecting to the other side. */
  readonly proxyStatus?: number;
}

interface FaultFacts {
  readonly code?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly hostname?: unknown;
  readonly reason?: unknown;
  readonly host?: unknown;
  readonly syscall?: unknown;
}

const UNKNOWN_AUTHORITY = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
};
/** What a TLS client reads when it is answered in plain HTTP. */
const PLAIN_ANSWERS = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "ERR_SSL_HTTP_REQUEST"]);
const PROXY_REFUSAL = /^Proxy response \((\d+)\) !== 200 when HTTP Tunneling$/;
const ALERTS: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "remote error: tls: certificate required",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "remote error: tls: unknown certificate authority",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "remote error: tls: bad certificate",
  ERR_SSL_SSL_ALERT_BAD_CERTIFICATE: "remote error: tls: bad certificate",
  ERR_SSL_SSL_ALERT_HANDSHAKE_FAILURE: "remote error: tls: handshake failure",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: "remote error: tls: handshake failure",
};

/** `undefined`: the error says nothing about the network, and is a bug or an abort. */
export function networkFailure(error: unknown): NetworkFailure | undefined {
  if (error instanceof EngineError || !(error instanceof Error)) return undefined;
  const inner: unknown = error instanceof AggregateError ? error.errors.at(-1) : undefined;
  if (inner !== undefined) return networkFailure(inner);
  const facts: FaultFacts & Error = error;
  const code = typeof facts.code === "string" ? facts.code : "";
  return connectFailure(code, facts) ?? tlsFailure(code, facts, error.message) ?? exchangeFailure(code, error);
}

function connectFailure(code: string, facts: FaultFacts): NetworkFailure | undefined {
  const place = typeof facts.address === "string" ? `${bracketed(facts.address)}:${String(facts.port)}` : "";
  const dial = `dial tcp${place === "" ? "" : ` ${place}`}`;
  const unreached = (words: string): NetworkFailure => ({ words, isTransient: true, isUnreached: true });
  switch (code) {
    case "ECONNREFUSED":
      return unreached(`${dial}: connect: connection refused`);
    case "EHOSTUNREACH":
      return unreached(`${dial}: connect: no route to host`);
    case "ENETUNREACH":
      return unreached(`${dial}: connect: network is unreachable`);
    case "ENOTFOUND":
      return unreached(`dial tcp: lookup ${String(facts.hostname)}${onServer()}: no such host`);
    case "EAI_AGAIN":
      return unreached(`dial tcp: lookup ${String(facts.hostname)}${onServer()}: server misbehaving`);
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
      return { ...unreached(`${dial}: i/o timeout`), isTimeout: true };
    default:
      return undefined;
  }
}

function tlsFailure(code: string, facts: FaultFacts, message: string): NetworkFailure | undefined {
  const final = (words: string, isTls: boolean): NetworkFailure => ({ words, isTransient: false, isUnreached: true, isTls });
  const isPlain = PLAIN_ANSWERS.has(code) || (code === "EPROTO" && /wrong version number|packet length too long/.test(message));
  if (isPlain) return final("http: server gave HTTP response to HTTPS client", false);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return final(nameMismatch(facts, message), true);
  const words = CERTIFICATE_WORDS[code] ?? ALERTS[code];
  if (words !== undefined) return final(words, true);
  return /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) ? final(`tls: ${tidy(message)}`, true) : undefined;
}

function exchangeFailure(code: string, error: Error): NetworkFailure | undefined {
  const refused = PROXY_REFUSAL.exec(error.message)?.[1];
  if (refused !== undefined) return proxyFailure(Number(refused));
  const transient = (words: string): NetworkFailure => ({ words, isTransient: true, isUnreached: false });
  switch (code) {
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
      // Node has one code for both: a handshake that is cut off, and a connection that is reset later.
      return { ...transient("read: connection reset by peer"), isUnreached: /before secure TLS connection/.test(error.message) };
    case "UND_ERR_SOCKET":
    case "UND_ERR_CLOSED":
    case "UND_ERR_DESTROYED":
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
    case "UND_ERR_ABORTED":
      return transient(networkCause(error) ?? "unexpected EOF");
    case "UND_ERR_HEADERS_TIMEOUT":
      return { ...transient("net/http: timeout awaiting response headers"), isTimeout: true };
    case "UND_ERR_BODY_TIMEOUT":
      return transient("net/http: timeout awaiting response body");
    case "UND_ERR_HEADERS_OVERFLOW":
      return { words: "net/http: server response headers exceeded the limit", isTransient: false, isUnreached: false };
    default:
      if (!code.startsWith("HPE_")) return undefined;
      return {
        words: `net/http: HTTP/1.x transport connection broken: malformed HTTP response (${code})`,
        isTransient: false,
        isUnreached: false,
      };
  }
}

/** Go shows what the proxy's status means, and nothing else. */
function proxyFailure(proxyStatus: number): NetworkFailure {
  const words = STATUS_CODES[proxyStatus] ?? `unknown status code ${proxyStatus}`;
  return { words, proxyStatus, isTransient: proxyStatus >= 500, isUnreached: true };
}

function networkCause(error: Error): string | undefined {
  return error.cause === undefined ? undefined : networkFailure(error.cause)?.words;
}

function nameMismatch({ reason, host }: FaultFacts, message: string): string {
  const names = /(?:DNS|IP Address):[^,]+/g;
  const valid = [...(typeof reason === "string" ? reason : message).matchAll(names)].map(([name]) =>
    tidy(name.slice(name.indexOf(":") + 1)),
  );
  const isFor = valid.length === 0 ? "other names" : valid.join(", ");
  return `tls: failed to verify certificate: x509: certificate is valid for ${isFor}, not ${String(host)}`;
}

function onServer(): string {
  const [server] = getServers();
  return server === undefined ? "" : ` on ${/:\d+$/.test(server) ? server : `${bracketed(server)}:53`}`;
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function tidy(text: string): string {
  return text.trim().replace(/\s+/g, " ").slice(0, 200);
}
