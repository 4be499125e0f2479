import { notImplemented } from "#errors";
import type { PlatformJson } from "#wire";
import { isOlder } from "./api-version.ts";
import { encodeFilters } from "./filters.ts";
import type { FilterValue } from "./filters.ts";

export interface Gate {
  /** The first API version that knows the parameter. */
  readonly since?: string;
}

/**
 * The query of one request. A parameter that the spoken version does not know is refused here, because engines
 * ignore it in silence and do something else than was asked. What is `undefined` is not sent.
 */
export class Query {
  readonly #verb: string;
  readonly #apiVersion: string;
  readonly #parameters = new URLSearchParams();

  constructor(verb: string, apiVersion: string) {
    this.#verb = verb;
    this.#apiVersion = apiVersion;
  }

  text(name: string, value: string | undefined, gate?: Gate): this {
    if (value !== undefined) this.#append(name, value, gate);
    return this;
  }

  texts(name: string, values: readonly string[] | undefined, gate?: Gate): this {
    for (const value of values ?? []) this.#append(name, value, gate);
    return this;
  }

  number(name: string, value: number | undefined, gate?: Gate): this {
    return this.text(name, value === undefined ? undefined : String(value), gate);
  }

  json(name: string, value: object | undefined, gate?: Gate): this {
    return this.text(name, value && JSON.stringify(value), gate);
  }

  /** For a parameter that is false unless given. */
  flag(name: string, value: boolean | undefined, gate?: Gate): this {
    return this.text(name, value === true ? "1" : undefined, gate);
  }

  /** For a parameter that is true unless given. */
  defaultTrue(name: string, value: boolean | undefined): this {
    return this.text(name, value === false ? "0" : undefined);
  }

  /** `gates`: the first version that knows a filter, by its key. */
  filters<F extends Readonly<Record<string, FilterValue | undefined>>>(filters: F, gates: { readonly [K in keyof F]?: string } = {}): this {
    for (const [key, since] of Object.entries<string | undefined>(gates)) {
      if (since !== undefined && filters[key] !== undefined) this.#refuseBelow(since, `filter "${key}"`);
    }
    return this.text("filters", encodeFilters(filters));
  }

  platform(name: string, value: PlatformJson | undefined, gate?: Gate): this {
    return this.json(name, value, gate);
  }

  platforms(name: string, values: readonly PlatformJson[] | undefined, gate: Gate & { readonly manySince?: string }): this {
    const { manySince } = gate;
    if (manySince !== undefined && values !== undefined && values.length > 1) this.#refuseBelow(manySince, `several of "${name}"`);
    return this.texts(
      name,
      values?.map((value) => JSON.stringify(value)),
      gate,
    );
  }

  toString(): string {
    const text = this.#parameters.toString();
    return text === "" ? "" : `?${text}`;
  }

  #append(name: string, value: string, gate: Gate | undefined): void {
    if (gate?.since !== undefined) this.#refuseBelow(gate.since, `"${name}"`);
    this.#parameters.append(name, value);
  }

  #refuseBelow(since: string, what: string): void {
    if (isOlder(this.#apiVersion, since)) throw tooOld(`${what} of ${this.#verb}`, since, this.#apiVersion);
  }
}

/** For verbs that came later than 1.24. */
export function requireApiVersion(verb: string, since: string, apiVersion: string): void {
  if (isOlder(apiVersion, since)) throw tooOld(verb, since, apiVersion);
}

function tooOld(what: string, since: string, spoken: string): Error {
  return notImplemented(`cannot send ${what}: it needs API version ${since}, spoken is ${spoken}`);
}
