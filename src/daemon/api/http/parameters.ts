import type { QueryParameters } from "../interim-wire.ts";

/** What was asked for in query and form: the first value counts for scalars, all of them for lists. */
export class Parameters {
  readonly #values: QueryParameters;

  constructor(values: QueryParameters) {
    this.#values = values;
  }

  /** The first value; empty when there is none. */
  text(name: string): string {
    return this.#values.get(name)?.[0] ?? "";
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** Docker's rule: empty, `0`, `no`, `false` and `none` are false, anything else is true. */
  flag(name: string, absent = false): boolean {
    const value = this.#values.get(name)?.[0];
    return value === undefined ? absent : !FALSE_WORDS.has(value.trim().toLowerCase());
  }
}

const FALSE_WORDS: ReadonlySet<string> = new Set(["", "0", "no", "false", "none"]);
