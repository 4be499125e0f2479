import type { ImageSearchJson } from "#wire";
import { authHeader } from "../credentials.ts";
import type { Credentials } from "../credentials.ts";
import { Query } from "../query.ts";
import { readList } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageSearchOptions extends Cancellable {
  /** `[host[:port]/]words`. */
  readonly term: string;
  /** 1 to 100; the engine's default is 25. */
  readonly limit?: number;
  readonly filters?: ImageSearchFilters;
  readonly credentials?: Credentials;
}

export interface ImageSearchFilters {
  readonly "is-official"?: boolean;
  /** At least so many. */
  readonly stars?: string;
}

export async function imageSearch(session: Session, options: ImageSearchOptions): Promise<readonly ImageSearchJson[]> {
  const query = new Query("imageSearch", session.apiVersion)
    .text("term", options.term)
    .text("limit", options.limit?.toString())
    .filters({ ...options.filters });
  return readList(session, {
    method: "GET",
    path: "/images/search",
    query,
    headers: authHeader(options.credentials),
    signal: options.signal,
  });
}
