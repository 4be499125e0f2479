import { invalidArgument } from "#errors";
import { explainJsonError } from "#json";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export type JsonObject = { readonly [key: string]: unknown };

/** Parses bytes that must hold one JSON object; `what` names the document in errors. */
export function parseJsonObject(bytes: Uint8Array, what: string): JsonObject {
  const value = parseJson(bytes, `cannot parse ${what}: `);
  if (!isJsonObject(value)) throw invalidArgument(`cannot parse ${what}: expected a JSON object`);
  return value;
}

/** Parses bytes that must hold JSON. An error says what Go would say of them, after `prefix`. */
export function parseJson(bytes: Uint8Array, prefix = ""): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (error) {
    throw invalidArgument(`${prefix}invalid UTF-8`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`${prefix}${explainJsonError(text)}`, { cause: error });
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `undefined` for an absent or null member; an error naming the member for one of another type. */
export function optionalString(object: JsonObject, key: string, what: string): string | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalidArgument(`cannot parse ${what}: "${key}" must be a string`);
  return value;
}

export function optionalObject(object: JsonObject, key: string, what: string): JsonObject | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw invalidArgument(`cannot parse ${what}: "${key}" must be an object`);
  return value;
}

export function optionalArray(object: JsonObject, key: string, what: string): readonly unknown[] | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalidArgument(`cannot parse ${what}: "${key}" must be an array`);
  return value as readonly unknown[];
}

export function optionalStrings(object: JsonObject, key: string, what: string): readonly string[] | undefined {
  const value = optionalArray(object, key, what);
  if (value === undefined) return undefined;
  if (!value.every((item): item is string => typeof item === "string")) {
    throw invalidArgument(`cannot parse ${what}: "${key}" must be an array of strings`);
  }
  return value;
}

export function optionalStringMap(object: JsonObject, key: string, what: string): Readonly<Record<string, string>> | undefined {
  const value = optionalObject(object, key, what);
  if (value !== undefined && !Object.values(value).every((item) => typeof item === "string")) {
    throw invalidArgument(`cannot parse ${what}: "${key}" must be an object of strings`);
  }
  return value as Readonly<Record<string, string>> | undefined;
}
