import type { ImageSummaryJson } from "#wire";
import { Query } from "../query.ts";
import { readList } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageListOptions extends Cancellable {
  /** Also untagged parents of other images. */
  readonly all?: boolean;
  readonly filters?: ImageListFilters;
  /** Compute `SharedSize`. Since 1.42. */
  readonly sharedSize?: boolean;
  /** Tell what each image consists of. Since 1.47. */
  readonly manifests?: boolean;
  /** Tell where each manifest comes from; with `manifests`. Since 1.54. */
  readonly identity?: boolean;
}

/** All given keys must hold. */
export interface ImageListFilters {
  readonly dangling?: boolean;
  /** `key` or `key=value`; all must match. */
  readonly label?: string | readonly string[];
  /** Image names or IDs: created before each of them. */
  readonly before?: string | readonly string[];
  readonly since?: string | readonly string[];
  /** Created before this moment, or longer ago than a duration like `24h`. Since 1.44. */
  readonly until?: string | Date;
  /** Globs over names; any may match. */
  readonly reference?: string | readonly string[];
}

export async function imageList(session: Session, options: ImageListOptions = {}): Promise<readonly ImageSummaryJson[]> {
  const query = new Query("imageList", session.apiVersion)
    .flag("all", options.all)
    .filters({ ...options.filters }, { until: "1.44" })
    .flag("shared-size", options.sharedSize, { since: "1.42" })
    .flag("manifests", options.manifests, { since: "1.47" })
    .flag("identity", options.identity, { since: "1.54" });
  return readList(session, { method: "GET", path: "/images/json", query, signal: options.signal });
}
