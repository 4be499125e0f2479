import { invalidArgument } from "#errors";
import type { ErrorKind } from "#errors";

export const statusOf: Readonly<Record<ErrorKind, number>> = {
  "invalid-argument": 400,
  "not-found": 404,
  conflict: 409,
  "not-modified": 304,
  unauthorized: 401,
  forbidden: 403,
  unavailable: 503,
  "not-implemented": 501,
  cancelled: 500,
  "data-loss": 500,
  internal: 500,
};

export function compareApiVersions(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = Number(left[at] ?? 0) - Number(right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export type QueryParameters = ReadonlyMap<string, readonly string[]>;

export function parseQuery(query: string): QueryParameters {
  const parameters = new Map<string, string[]>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    if (part.includes(";")) throw invalidArgument("invalid semicolon separator in query");
    const equals = part.indexOf("=");
    const key = unescape(equals === -1 ? part : part.slice(0, equals));
    const value = unescape(equals === -1 ? "" : part.slice(equals + 1));
    const values = parameters.get(key);
    if (values === undefined) parameters.set(key, [value]);
    else values.push(value);
  }
  return parameters;
}

function unescape(text: string): string {
  const broken = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(text)?.[0];
  if (broken !== undefined) throw invalidArgument(`invalid URL escape ${JSON.stringify(broken)}`);
  return text.replaceAll("+", " ").replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}
