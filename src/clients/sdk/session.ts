import type { ErrorJson } from "#wire";
import { answeredFailure, malformedAnswer } from "./failures.ts";
import type { Query } from "./query.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

/** What every verb needs. */
export interface Session {
  readonly transport: Transport;
  /** Spoken with every request: `1.51`. */
  readonly apiVersion: string;
}

export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}

export interface Call extends Cancellable, Pick<HttpRequest, "method" | "headers" | "body"> {
  /** Without the version: `/images/json`. */
  readonly path: string;
  readonly query?: Query;
}

/** An answer in full is remembered at once, so there is a limit; the list of a million images stays below it. */
const MAX_JSON_SIZE = 1024 * 1024 * 1024;

const MAX_ERROR_SIZE = 1024 * 1024;

/** The caller owns the answer, whose status is below 400. */
export async function open(session: Session, { path, query, signal, ...request }: Call): Promise<HttpResponse> {
  const target = `/v${session.apiVersion}${path}${query?.toString() ?? ""}`;
  const response = await session.transport.send({ ...request, target }, signal === undefined ? {} : { signal });
  if (response.status >= 200 && response.status < 300) return response;
  throw answeredFailure(response.status, await errorMessage(response));
}

export async function readList<T>(session: Session, call: Call): Promise<readonly T[]> {
  return parse(await readText(await open(session, call), MAX_JSON_SIZE), isArrayOf<T>, "expected a JSON array");
}

export async function readObject<T extends object>(session: Session, call: Call): Promise<T> {
  return parse(await readText(await open(session, call), MAX_JSON_SIZE), isObject<T>, "expected a JSON object");
}

/** For verbs whose success has nothing to say. */
export async function done(session: Session, call: Call): Promise<void> {
  await readText(await open(session, call), MAX_ERROR_SIZE);
}

export async function readText(response: HttpResponse, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  try {
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > limit) throw malformedAnswer(`it is larger than ${limit} bytes`);
      text += decoder.decode(chunk, { stream: true });
    }
  } finally {
    response.close();
  }
  return text + decoder.decode();
}

/** Docker's message; the text itself when it is not JSON, as from engines below 1.24 and from proxies. */
async function errorMessage(response: HttpResponse): Promise<string> {
  const text = (await readText(response, MAX_ERROR_SIZE)).trim();
  if (text === "") return `the engine answered with status ${response.status} and no message`;
  try {
    const value: unknown = JSON.parse(text);
    return isObject<Partial<ErrorJson>>(value) && typeof value.message === "string" ? value.message : text;
  } catch {
    return text;
  }
}

function parse<T>(text: string, isExpected: (value: unknown) => value is T, expectation: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformedAnswer(expectation, error);
  }
  if (!isExpected(value)) throw malformedAnswer(expectation);
  return value;
}

/** The members are believed: the engine is as trusted as the address that the caller chose. */
export function isObject<T extends object>(value: unknown): value is T {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArrayOf<T>(value: unknown): value is readonly T[] {
  return Array.isArray(value);
}
