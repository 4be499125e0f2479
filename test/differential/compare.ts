/** One place where two answers part. */
export interface Difference {
  /** From the answer's root: `body.lines.0.stream`. */
  readonly path: string;
  readonly expected: unknown;
  /** `ABSENT` on either side: the key or the row is not there. */
  readonly actual: unknown;
}

/** Stands for a missing key or row, and is visible in a failure. */
export const ABSENT = "<absent>";

/** Every difference between two normalised values: keys, types, null, empty and absent are all told apart. */
export function differences(expected: unknown, actual: unknown, path = ""): Difference[] {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const rows = Math.max(expected.length, actual.length);
    return Array.from({ length: rows }, (_, row) => inside(at(expected, row), at(actual, row), path, String(row))).flat();
  }
  if (isObject(expected) && isObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => inside(at(expected, key), at(actual, key), path, key));
  }
  return Object.is(expected, actual) ? [] : [{ path, expected, actual }];
}

function inside(expected: unknown, actual: unknown, path: string, key: string): Difference[] {
  return differences(expected, actual, path === "" ? key : `${path}.${key}`);
}

function at(container: object, key: string | number): unknown {
  return Object.hasOwn(container, key) ? Reflect.get(container, key) : ABSENT;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
