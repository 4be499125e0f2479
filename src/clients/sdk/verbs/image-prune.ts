import type { ImagePruneJson } from "#wire";
import { Query, requireApiVersion } from "../query.ts";
import { readObject } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImagePruneOptions extends Cancellable {
  readonly filters?: ImagePruneFilters;
}

export interface ImagePruneFilters {
  /** `false`: every image that no container uses. True unless given. */
  readonly dangling?: boolean;
  /** Created before this moment, or longer ago than a duration like `24h`. */
  readonly until?: string | Date;
  /** `key` or `key=value`; all must match. Since 1.29. */
  readonly label?: string | readonly string[];
  /** Images that match all of these are kept. Since 1.29. */
  readonly "label!"?: string | readonly string[];
}

/** Since 1.25. */
export async function imagePrune(session: Session, options: ImagePruneOptions = {}): Promise<ImagePruneJson> {
  requireApiVersion("imagePrune", "1.25", session.apiVersion);
  const query = new Query("imagePrune", session.apiVersion).filters({ ...options.filters }, { label: "1.29", "label!": "1.29" });
  return readObject(session, { method: "POST", path: "/images/prune", query, signal: options.signal });
}
