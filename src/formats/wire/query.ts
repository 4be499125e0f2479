import { invalidArgument } from "#errors";

/** Parameters with all their values in order; where one value is wanted, the first counts. */
export type QueryParameters = ReadonlyMap<string, readonly string[]>;

const ESCAPE = /^%[0-9A-Fa-f]{2}$/;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a query string or a form body as Go's `ParseForm` does; `text` comes without `?`.
 *
 * @throws invalid-argument `invalid URL escape "%zz"` or `invalid semicolon separator in query`.
 */
export function parseQuery(text: string): QueryParameters {
  const pairs = text.split("&").filter((pair) => pair !== "");
  // Go goes on after an error and reports the semicolon, wherever it is, before any bad escape.
  if (pairs.some((pair) => pair.includes(";"))) throw invalidArgument("invalid semicolon separator in query");
  const query = new Map<string, string[]>();
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = unescapeQuery(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? "" : unescapeQuery(pair.slice(equals + 1));
    const values = query.get(name);
    if (values === undefined) query.set(name, [value]);
    else values.push(value);
  }
  return query;
}

/** A form in the body stands before the query: its values come first. */
export function mergeQueries(body: QueryParameters, query: QueryParameters): QueryParameters {
  const merged = new Map(query);
  for (const [name, values] of body) merged.set(name, [...values, ...(query.get(name) ?? [])]);
  return merged;
}

export function firstValue(query: QueryParameters, name: string): string | undefined {
  return query.get(name)?.[0];
}

function unescapeQuery(text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  return spaced.replace(/(?:%.{0,2})+/gs, decodeEscapes);
}

/** Bytes that are not UTF-8 become U+FFFD, since our strings cannot hold them. */
function decodeEscapes(run: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < run.length; at += 3) {
    const escape = run.slice(at, at + 3);
    if (!ESCAPE.test(escape)) throw invalidArgument(`invalid URL escape ${JSON.stringify(escape)}`);
    bytes.push(Number.parseInt(escape.slice(1), 16));
  }
  return utf8.decode(Uint8Array.from(bytes));
}
