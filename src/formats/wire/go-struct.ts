import { invalidArgument } from "#errors";

/** How Go reads a JSON value into a type of its own, with its words for what does not fit. */
export interface GoType<T> {
  /** What stands there when nothing is said, or `null`. */
  readonly zero: T;
  /** @param path of the member, as a JSON pointer with dots; empty for the document. */
  readonly read: (value: unknown, path: string) => T;
}

/** One member that is left out of what Go writes, and of what is read here, when nothing is said. */
export interface GoField<T> {
  readonly type: GoType<T>;
  readonly isLeftOut: (value: unknown) => boolean;
}

export type GoFields<T> = { readonly [K in keyof T]-?: GoType<Exclude<T[K], undefined>> | GoField<T[K]> };

/**
 * @param root what Go calls the document in front of its members.
 * @throws invalid-argument in Go's words, behind `invalid JSON: `.
 */
export function readGo<T>(type: GoType<T>, json: unknown, root = ""): T {
  return json === null ? type.zero : type.read(json, isObject(json) ? root : "");
}

export function goString(name = "string"): GoType<string> {
  return { zero: "", read: (value, path) => (typeof value === "string" ? value : misfit(value, path, name)) };
}

export function goBool(): GoType<boolean> {
  return { zero: false, read: (value, path) => (typeof value === "boolean" ? value : misfit(value, path, "bool")) };
}

const RANGES = {
  int: [-(2 ** 63), 2 ** 63],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
  uint32: [0, 2 ** 32],
  uint16: [0, 2 ** 16],
  uint: [0, 2 ** 64],
} as const;

/** Numbers beyond 2⁵³ lose their last digits: nobody has that much of anything. */
export function goInt(size: keyof typeof RANGES = "int64", name: string = size): GoType<number> {
  const [least, beyond] = RANGES[size];
  return {
    zero: 0,
    read: (value, path) => {
      if (typeof value === "number" && Number.isInteger(value) && value >= least && value < beyond) return value;
      return misfit(value, path, name, typeof value === "number");
    },
  };
}

export function goList<T>(of: GoType<T>, name: string): GoType<readonly T[] | null> {
  return {
    zero: null,
    read: (value, path) => {
      if (!Array.isArray(value)) return misfit(value, path, name);
      return value.map((item: unknown, index) => (item === null ? of.zero : of.read(item, `${path}.${index}`)));
    },
  };
}

export function goMap<T>(of: GoType<T>, name: string): GoType<Readonly<Record<string, T>> | null> {
  return {
    zero: null,
    read: (value, path) => {
      if (!isObject(value)) return misfit(value, path, name);
      const entries = Object.entries(value).map(([key, item]): [string, T] => {
        return [key, item === null ? of.zero : of.read(item, `${path}.${escaped(key)}`)];
      });
      return Object.fromEntries(entries);
    },
  };
}

/** An array of two; what is too much is passed over, and what is missing is zero. */
export function goPair(of: GoType<number>, name: string): GoType<readonly [number, number]> {
  const list = goList(of, name);
  return {
    zero: [0, 0],
    read: (value, path) => {
      const [first = 0, second = 0] = list.read(value, path) ?? [];
      return [first, second];
    },
  };
}

/** A command line: a list, or one string that is its only word. */
export function goWords(): GoType<readonly string[] | null> {
  return {
    zero: null,
    read: (value) => {
      if (typeof value === "string") return [value];
      if (!Array.isArray(value)) return misfit(value, "", "string");
      return value.map((word: unknown) => (typeof word === "string" ? word : word === null ? "" : misfit(value, "", "string")));
    },
  };
}

/** A value that may not be there. */
export function goPointer<T>(to: GoType<T>): GoType<T | null> {
  return { zero: null, read: (value, path) => to.read(value, path) };
}

/** When it is zero. */
export function omitEmpty<T>(type: GoType<T>): GoField<NonNullable<T> | undefined> {
  return { type: type as GoType<NonNullable<T> | undefined>, isLeftOut: isEmpty };
}

/** When it is not there; zero is said. */
export function omitNull<T>(type: GoType<T>): GoField<NonNullable<T> | undefined> {
  return { type: { zero: undefined, read: type.read as GoType<NonNullable<T>>["read"] }, isLeftOut: (value) => value === undefined };
}

/** Members are found whatever the case of their letters; of two spellings the later counts. Unknown ones are passed over. */
export function goStruct<T>(name: string, fields: GoFields<T>): GoType<T> {
  const table = Object.entries<GoType<unknown> | GoField<unknown>>(fields as Record<string, GoType<unknown>>).map(([key, field]) => {
    return { key, ...("type" in field ? field : { type: field, isLeftOut: () => false }) };
  });
  function build(valueOf: (key: string, type: GoType<unknown>) => unknown): T {
    const result: Record<string, unknown> = {};
    for (const { key, type, isLeftOut } of table) {
      const value = valueOf(key, type);
      if (!isLeftOut(value)) result[key] = value;
    }
    return result as T;
  }
  return {
    zero: build((_, { zero }) => zero),
    read: (value, path) => {
      if (!isObject(value)) return misfit(value, path, name);
      const members = new Map(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]));
      return build((key, type) => {
        const member = members.get(key.toLowerCase()) ?? null;
        return member === null ? type.zero : type.read(member, `${path}.${key}`);
      });
    },
  };
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON pointers (RFC 6901) have these two in other characters. */
function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function misfit(value: unknown, path: string, goType: string, tellsNumber = false): never {
  const what = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  const found = tellsNumber ? `${what} ${String(value)}` : what;
  const last = path.slice(path.lastIndexOf(".") + 1);
  // Go names the struct of a member, and has no name for an item of a list.
  const place = !path.includes(".") ? "Go value" : /^\d+$/.test(last) ? path : `Go struct field ${path}`;
  throw invalidArgument(`invalid JSON: json: cannot unmarshal ${found} into ${place} of type ${goType}`);
}
