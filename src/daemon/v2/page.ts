import { registryError } from "#distribution";
import type { Listed, Page } from "#distribution";
import { firstValue } from "#wire";
import type { QueryParameters } from "#wire";
import { encodePath } from "../api/index.ts";
import type { ReplyHeaders } from "./reply.ts";

/** Nobody gets more at once, whatever is asked for; who wants the rest follows the `Link`. */
const MAX_ENTRIES = 1000;

/** @throws PAGINATION_NUMBER_INVALID. */
export function readPage(query: QueryParameters): Page {
  const n = firstValue(query, "n") ?? String(MAX_ENTRIES);
  if (!/^\d+$/.test(n)) throw registryError("PAGINATION_NUMBER_INVALID", "invalid number of results requested", [{ n }]);
  return { after: firstValue(query, "last") ?? "", limit: Math.min(Number(n), MAX_ENTRIES) };
}

/** distribution-spec, "Listing Tags": the way to the next page. */
export function linkToNext(
  path: string,
  { limit }: Page,
  { next }: Listed<unknown>,
  filters: Readonly<Record<string, string>> = {},
): ReplyHeaders {
  if (next === undefined || limit === 0) return {};
  const query = new URLSearchParams({ ...filters, n: String(limit), last: next });
  return { Link: `<${encodePath(path)}?${query.toString()}>; rel="next"` };
}
