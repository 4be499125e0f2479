import { closeSync, openSync, readSync } from "node:fs";
import { FOREIGN_KEYS } from "./foreign-options.ts";
import { OPTIONS } from "./options.ts";
import type { Option } from "./options.ts";
import type { SettingValue, Settings } from "./settings.ts";

export interface FileRead {
  readonly settings: Settings;
  readonly mistakes: readonly string[];
}

/** Far above any real file; a wrong path (a device, an image) should not fill the memory. */
const MAX_FILE_SIZE = 1024 * 1024;

const BY_KEY: ReadonlyMap<string, Option> = new Map(OPTIONS.flatMap((option) => (option.key === undefined ? [] : [[option.key, option]])));

/** Reads a file with the keys of dockerd's `daemon.json`. Absence is a mistake only when the file was asked for. */
export function readConfigFile(path: string, { required }: { readonly required: boolean }): FileRead {
  const text = readText(path);
  if (typeof text === "string") return readConfigText(text);
  const nothing = { settings: new Map<string, SettingValue>(), mistakes: [] };
  if (text.code === "ENOENT" && !required) return nothing;
  return { ...nothing, mistakes: [text.mistake] };
}

/** An empty file and `null` configure nothing, as for dockerd. */
export function readConfigText(text: string): FileRead {
  const settings = new Map<string, SettingValue>();
  const mistakes: string[] = [];
  const entries = parseObject(text);
  if (typeof entries === "string") return { settings, mistakes: [entries] };
  const unknown: string[] = [];
  for (const [key, value] of entries) {
    const option = BY_KEY.get(key);
    const foreign = FOREIGN_KEYS.get(key);
    if (option !== undefined) take(option, key, value);
    else if (foreign !== undefined) mistakes.push(`unsupported directive: ${key} ${foreign}`);
    else unknown.push(key);
  }
  if (unknown.length > 0) mistakes.push(`the following directives don't match any configuration option: ${unknown.join(", ")}`);
  return { settings, mistakes };

  function take(option: Option, key: string, value: unknown): void {
    // Go reads null as "not given".
    if (value === null) return;
    if (hasKind(option, value)) settings.set(option.flag, value);
    else mistakes.push(`invalid value ${quote(value)} for directive "${key}": expected ${EXPECTED[option.kind]}`);
  }
}

const EXPECTED = {
  text: "a string",
  switch: "true or false",
  integer: "a whole number",
  list: "an array of strings",
} as const;

function hasKind(option: Option, value: unknown): value is SettingValue {
  switch (option.kind) {
    case "text":
      return typeof value === "string";
    case "switch":
      return typeof value === "boolean";
    case "integer":
      return Number.isSafeInteger(value);
    case "list":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    default:
      option.kind satisfies never;
      return false;
  }
}

function parseObject(text: string): string | readonly (readonly [string, unknown])[] {
  // Editors of other systems leave a byte order mark; dockerd reads past it.
  const json = text.replace(/^\uFEFF/, "").trim();
  if (json === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return `invalid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) return `invalid JSON: expected an object, not ${quote(value)}`;
  return Object.entries(value);
}

function readText(path: string): string | { readonly code: string | undefined; readonly mistake: string } {
  try {
    return (
      readUpTo(path, MAX_FILE_SIZE) ?? {
        code: undefined,
        mistake: `open ${path}: more than ${MAX_FILE_SIZE} bytes, too many for a configuration`,
      }
    );
  } catch (error) {
    const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) };
    return { code, mistake: code === "ENOENT" ? `open ${path}: no such file or directory` : message };
  }
}

/** Reads pipes as well as files, so the size is only known afterwards; `undefined` when there is more than `limit`. */
function readUpTo(path: string, limit: number): string | undefined {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(limit + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= limit; length += read) read = readSync(file, bytes, length, bytes.length - length, null);
    return length > limit ? undefined : bytes.toString("utf8", 0, length);
  } finally {
    closeSync(file);
  }
}

function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
