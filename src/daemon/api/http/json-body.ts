import { invalidArgument } from "#errors";
import { parseJsonBody } from "#wire";
import type { Call } from "./call.ts";
import { readBody } from "./request-body.ts";

/**
 * The body of the endpoints that take a JSON document.
 *
 * @throws invalid-argument in the words of Go's readers of headers and of JSON.
 */
export async function readJsonBody(call: Call): Promise<unknown> {
  return parseJsonBody(await readText(call));
}

/** The same where nothing may be said; undefined then. */
export async function readOptionalJsonBody(call: Call): Promise<unknown> {
  const text = await readText(call);
  return text.trim() === "" ? undefined : parseJsonBody(text);
}

async function readText({ api, headers, body }: Call): Promise<string> {
  const isThere = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  const type = headers["content-type"];
  if (isThere || type !== undefined) checkType(type ?? "");
  return (await readBody(body, api.limits.jsonBody)).toString("utf8");
}

/** RFC 9110, 8.3.1. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`^\\s*(?:${TOKEN}=(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*")\\s*)?$`);

function checkType(header: string): void {
  const [type = "", ...parameters] = header.split(";");
  const fault =
    faultOf(type.trim()) ?? (parameters.every((parameter) => PARAMETER.test(parameter)) ? undefined : "invalid media parameter");
  if (fault !== undefined) throw invalidArgument(`malformed Content-Type header (${header}): mime: ${fault}`);
  if (type.trim().toLowerCase() === "application/json") return;
  throw invalidArgument(`unsupported Content-Type header (${header}): must be 'application/json'`);
}

function faultOf(type: string): string | undefined {
  if (!new RegExp(`^${TOKEN}`).test(type)) return "no media type";
  if (!new RegExp(`^${TOKEN}(?:/|$)`).test(type)) return "expected slash after first token";
  if (new RegExp(`^${TOKEN}/(?!${TOKEN})`).test(type)) return "expected token after slash";
  return new RegExp(`^${TOKEN}(?:/${TOKEN})?$`).test(type) ? undefined : "unexpected content after media subtype";
}
