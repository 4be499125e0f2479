import { invalidArgument } from "#errors";
import { suggestion } from "../values/suggest.ts";

export type FlagKind = "boolean" | "text" | "list";

/** The flags of one instruction, by name without dashes. A flag that was not given is absent, false or empty. */
export interface Flags<Name extends string> {
  isTrue(name: Name): boolean;
  find(name: Name): string | undefined;
  list(name: Name): readonly string[];
  /** In the order they were first given. */
  readonly used: readonly string[];
}

/** A value follows after `=`, never after a blank; only a `list` flag may be given twice. */
export function parseFlags<Name extends string>(flags: readonly string[], kinds: Readonly<Record<Name, FlagKind>>): Flags<Name> {
  const known = new Map<string, FlagKind>(Object.entries<FlagKind>(kinds));
  const given = new Map<string, string[]>();
  for (const flag of flags) {
    const [name, value] = splitFlag(flag);
    const kind = known.get(name);
    if (kind === undefined) throw invalidArgument(`unknown flag: --${name}${suggestion(name, [...known.keys()], true)}`);
    const values = given.get(name) ?? [];
    if (values.length > 0 && kind !== "list") throw invalidArgument(`duplicate flag specified: --${name}`);
    values.push(kind === "boolean" ? toBoolean(name, value) : required(name, value));
    given.set(name, values);
  }
  return {
    isTrue: (name) => given.get(name)?.[0] === "true",
    find: (name) => given.get(name)?.[0],
    list: (name) => given.get(name) ?? [],
    used: [...given.keys()],
  };
}

function splitFlag(flag: string): [name: string, value: string | undefined] {
  const equals = flag.indexOf("=");
  return equals === -1 ? [flag.slice(2), undefined] : [flag.slice(2, equals), flag.slice(equals + 1)];
}

function toBoolean(name: string, value: string | undefined): string {
  const lower = required(name, value ?? "true").toLowerCase();
  if (lower === "") throw missingValue(name);
  if (lower !== "true" && lower !== "false") throw invalidArgument(`expecting boolean value for flag --${name}, not: ${value}`);
  return lower;
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw missingValue(name);
  return value;
}

function missingValue(name: string): Error {
  return invalidArgument(`missing a value on flag: --${name}`);
}
