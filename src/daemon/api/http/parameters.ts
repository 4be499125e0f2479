import type { Platform } from "#oci";
import { firstValue, parseBool, parseFilters, parsePlatformJson } from "#wire";
import type { Filters, QueryParameters } from "#wire";

/** What was asked for in query and form. The first value counts where one is wanted. */
export class Parameters {
  readonly #query: QueryParameters;

  constructor(query: QueryParameters) {
    this.#query = query;
  }

  /** Empty when it is not there. */
  text(name: string): string {
    return firstValue(this.#query, name) ?? "";
  }

  list(name: string): readonly string[] {
    return this.#query.get(name) ?? [];
  }

  flag(name: string, absent = false): boolean {
    return parseBool(firstValue(this.#query, name), absent);
  }

  /** @throws invalid-argument for a key that is not accepted; without `accepted` every key passes. */
  filters(accepted?: ReadonlySet<string>): Filters {
    return parseFilters(firstValue(this.#query, "filters"), accepted);
  }

  /** `undefined` when it is empty or not there. */
  platform(name: string): Platform | undefined {
    const text = this.text(name);
    return text === "" ? undefined : parsePlatformJson(text);
  }

  platforms(name: string): readonly Platform[] {
    return this.list(name).map(parsePlatformJson);
  }
}
