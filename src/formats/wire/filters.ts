import { invalidArgument } from "#errors";

/**
 * The values of each key, in the order written. A value may be stored as `false`, in the older of two encodings only:
 * then neither exact nor boolean filters see it, the others do.
 */
export type Filters = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

const NONE: Filters = new Map();
/** Of the text; no honest filter comes near, and its JSON is held in memory whole. */
const MAX_LENGTH = 1024 * 1024;
const TRUE = ["1", "true"];
const FALSE = ["0", "false"];

/**
 * Reads the `filters` parameter: `{"key":{"value":true}}` or `{"key":["value"]}`; absent, empty or `null` is none.
 *
 * @param accepted the keys that this endpoint knows; without it every key passes.
 * @throws invalid-argument `invalid filter`, or `invalid filter 'key'` for a key that is not accepted.
 */
export function parseFilters(text: string | undefined, accepted?: ReadonlySet<string>): Filters {
  if (text === undefined || text === "") return NONE;
  const filters = toFilters(parseJson(text));
  for (const key of filters.keys()) {
    if (accepted?.has(key) === false) throw invalidArgument(`invalid filter '${key}'`);
  }
  return filters;
}

/** `undefined` when the key is not there at all, so that an empty list may mean nothing rather than everything. */
export function filterValues(filters: Filters, key: string): readonly string[] | undefined {
  const values = filters.get(key);
  return values === undefined ? undefined : [...values.keys()];
}

/** `1`, `true`, `0`, `false` in exactly this case; both at once, or neither, is an error. */
export function filterBool(filters: Filters, key: string): boolean | undefined {
  const values = filters.get(key);
  if (values === undefined) return undefined;
  if (values.size === 0) throw invalidArgument(`invalid filter '${key}'`);
  const isTrue = TRUE.some((text) => values.get(text) === true);
  const isFalse = FALSE.some((text) => values.get(text) === true);
  if (isTrue === isFalse) throw invalidFilterValues(filters, key);
  return isTrue;
}

/** The error for a value that the key does not take: `invalid filter 'key=[a b]'`. */
export function invalidFilterValues(filters: Filters, key: string): Error {
  return invalidArgument(`invalid filter '${key}=[${(filterValues(filters, key) ?? []).join(" ")}]'`);
}

/** True if the text is one of the values, or there are none. */
export function matchesExactly(filters: Filters, key: string, text: string): boolean {
  const values = filters.get(key);
  return values === undefined || values.size === 0 || values.get(text) === true;
}

/** True if one of the values begins the text, or there are none. */
export function matchesPrefix(filters: Filters, key: string, text: string): boolean {
  const values = filterValues(filters, key) ?? [];
  return values.length === 0 || values.some((value) => text.startsWith(value));
}

/** True if every value holds: `k` when the label is there, `k=v` when it says `v`. */
export function matchesLabels(filters: Filters, key: string, labels: Readonly<Record<string, string>> | undefined): boolean {
  return (filterValues(filters, key) ?? []).every((wanted) => {
    const equals = wanted.indexOf("=");
    const name = equals === -1 ? wanted : wanted.slice(0, equals);
    if (labels === undefined || !Object.hasOwn(labels, name)) return false;
    return equals === -1 || labels[name] === wanted.slice(equals + 1);
  });
}

function parseJson(text: string): unknown {
  if (text.length > MAX_LENGTH) throw invalidArgument("invalid filter");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidArgument("invalid filter", { cause });
  }
}

function toFilters(json: unknown): Filters {
  if (json === null) return NONE;
  if (!isObject(json)) throw invalidArgument("invalid filter");
  const entries = Object.entries(json);
  const filters = asMaps(entries) ?? asLists(entries);
  if (filters === undefined) throw invalidArgument("invalid filter");
  return filters;
}

function asMaps(entries: readonly [string, unknown][]): Filters | undefined {
  const filters = new Map<string, Map<string, boolean>>();
  for (const [key, values] of entries) {
    const pairs = Object.entries(values ?? {});
    if ((values !== null && !isObject(values)) || !pairs.every(([, flag]) => flag === null || typeof flag === "boolean")) return undefined;
    filters.set(key, new Map(pairs.map(([value, flag]) => [value, flag === true])));
  }
  return filters;
}

function asLists(entries: readonly [string, unknown][]): Filters | undefined {
  const filters = new Map<string, Map<string, boolean>>();
  for (const [key, values] of entries) {
    const list: unknown = values ?? [];
    if (!Array.isArray(list) || !list.every((value) => value === null || typeof value === "string")) return undefined;
    filters.set(key, new Map(list.map((value) => [String(value ?? ""), true])));
  }
  return filters;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
