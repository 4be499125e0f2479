import { invalidArgument } from "#errors";
import { explainJsonError, JSON_ENDS_EARLY, JSON_GOES_ON } from "#json";

/**
 * Reads JSON from a parameter.
 *
 * @param prefix stands before Go's words for what is wrong with it.
 * @throws invalid-argument.
 */
export function parseJson(text: string, prefix: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidArgument(`${prefix}: ${explainJsonError(text)}`, { cause });
  }
}

/**
 * Reads the one document of a stream; of its faults Go's decoder tells in other words.
 *
 * @param trailing the whole message for a document after which there is more.
 * @throws invalid-argument.
 */
export function parseJsonDocument(
  text: string,
  { prefix, empty = "EOF", trailing }: { prefix: string; empty?: string; trailing: string },
): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (/^[ \t\r\n]*$/.test(text)) throw invalidArgument(`${prefix}: ${empty}`, { cause });
    const fault = explainJsonError(text);
    if (fault.endsWith(JSON_GOES_ON)) throw invalidArgument(trailing, { cause });
    throw invalidArgument(`${prefix}: ${fault === JSON_ENDS_EARLY ? "unexpected EOF" : fault}`, { cause });
  }
}

/** Reads the body of a request. */
export function parseJsonBody(text: string): unknown {
  return parseJsonDocument(text, {
    prefix: "invalid JSON",
    empty: "got EOF while reading request body",
    trailing: "unexpected content after JSON",
  });
}

/**
 * The members of an object by lower-case name, as Go finds them; of two spellings the later counts. `null` is an
 * object without members, and a member that is `null` is not there.
 *
 * @throws invalid-argument naming Go's type, as Docker's clients see it.
 */
export function jsonMembers(value: unknown, { prefix, goType }: { prefix: string; goType: string }): ReadonlyMap<string, unknown> {
  if (value !== null && (typeof value !== "object" || Array.isArray(value))) {
    throw invalidArgument(`${prefix}: json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type ${goType}`);
  }
  const members = Object.entries(value ?? {}).filter(([, member]) => member !== null);
  return new Map(members.map(([name, member]) => [name.toLowerCase(), member]));
}

/** @throws invalid-argument in Go's words for a member of another type. */
export function stringMember(
  members: ReadonlyMap<string, unknown>,
  name: string,
  { prefix, goType }: { prefix: string; goType: string },
): string {
  const value = members.get(name) ?? "";
  if (typeof value !== "string") throw wrongMember(value, { prefix, field: `${baseName(goType)}.${name}`, goType: "string" });
  return value;
}

/** @throws invalid-argument in Go's words for a member of another type. */
export function stringsMember(
  members: ReadonlyMap<string, unknown>,
  name: string,
  { prefix, goType }: { prefix: string; goType: string },
): readonly string[] {
  const value = members.get(name) ?? [];
  const field = `${baseName(goType)}.${name}`;
  if (!Array.isArray(value)) throw wrongMember(value, { prefix, field, goType: "[]string" });
  return value.map((item: unknown) => {
    if (typeof item !== "string" && item !== null) throw wrongMember(item, { prefix, field, goType: "string" });
    return item ?? "";
  });
}

function wrongMember(value: unknown, { prefix, field, goType }: { prefix: string; field: string; goType: string }): Error {
  return invalidArgument(`${prefix}: json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field ${field} of type ${goType}`);
}

function baseName(goType: string): string {
  return goType.slice(goType.lastIndexOf(".") + 1);
}

function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** Which Go type a parameter is read into. */
interface JsonParameter {
  readonly prefix: string;
  readonly goType: string;
}

/** A parameter that is an object of strings, `null` among them where `nullable`. @throws invalid-argument in Go's words. */
export function parseStringMap(
  text: string,
  { prefix, nullable = false }: { prefix: string; nullable?: boolean },
): Record<string, string | null> {
  const goType = nullable ? "map[string]*string" : "map[string]string";
  const json = objectOf(parseJson(text, prefix), { prefix, goType });
  const entries = Object.entries(json).map(([key, value]): [string, string | null] => {
    if (value === null) return [key, nullable ? null : ""];
    if (typeof value === "string") return [key, value];
    throw invalidArgument(`${prefix}: json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type string`);
  });
  return Object.fromEntries(entries);
}

/** A parameter that is a list. @throws invalid-argument in Go's words, which have the type of an item in them. */
export function parseList(text: string, prefix: string, goType: string): readonly unknown[] {
  const json = parseJson(text, prefix) ?? [];
  if (Array.isArray(json)) return json as readonly unknown[];
  throw invalidArgument(`${prefix}: json: cannot unmarshal ${jsonTypeOf(json)} into Go value of type []${goType}`);
}

/** A parameter that is a list of strings. @throws invalid-argument in Go's words. */
export function parseStringList(text: string, prefix: string): readonly string[] {
  return parseList(text, prefix, "string").map((item: unknown) => {
    if (typeof item === "string") return item;
    throw invalidArgument(`${prefix}: json: cannot unmarshal ${jsonTypeOf(item)} into Go value of type string`);
  });
}

function objectOf(value: unknown, { prefix, goType }: JsonParameter): object {
  if (value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw invalidArgument(`${prefix}: json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type ${goType}`);
}
