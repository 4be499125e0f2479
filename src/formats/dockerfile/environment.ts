import type { Variables } from "./expansion/word-scanner.ts";

/** The `Env` list of a config, in its order, with its values by name. Names are case-sensitive. */
export class Environment implements Variables {
  readonly #entries: string[];
  readonly #places = new Map<string, number>();
  readonly #values = new Map<string, string>();

  constructor(entries: readonly string[]) {
    this.#entries = [...entries];
    for (const [index, entry] of entries.entries()) {
      const equals = entry.indexOf("=");
      const name = equals === -1 ? entry : entry.slice(0, equals);
      // Foreign configs repeat names: the last value counts, the first place is the one that is replaced.
      if (!this.#places.has(name)) this.#places.set(name, index);
      this.#values.set(name, equals === -1 ? "" : entry.slice(equals + 1));
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: string): void {
    const place = this.#places.get(name) ?? this.#entries.length;
    this.#places.set(name, place);
    this.#entries[place] = `${name}=${value}`;
    this.#values.set(name, value);
  }

  get entries(): readonly string[] {
    return this.#entries;
  }
}
