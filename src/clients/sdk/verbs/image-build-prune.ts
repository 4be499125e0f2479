import type { BuildPruneJson } from "#wire";
import { Query, requireApiVersion } from "../query.ts";
import { readObject } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageBuildPruneOptions extends Cancellable {
  /** Also what images share, and what the engine keeps for itself. Since 1.39, as all of these. */
  readonly all?: boolean;
  readonly filters?: ImageBuildPruneFilters;
  /** Bytes that the cache may keep in any case. */
  readonly reservedSpace?: number;
  /** Bytes that the cache may have at most. Since 1.48. */
  readonly maxUsedSpace?: number;
  /** Bytes that the disk is to have free. Since 1.48. */
  readonly minFreeSpace?: number;
}

export interface ImageBuildPruneFilters {
  /** Not used since this moment, or for a duration like `24h`. */
  readonly until?: string | Date;
  readonly id?: string;
  readonly parent?: string;
  readonly type?: string;
  readonly description?: string;
  readonly inuse?: boolean;
  readonly shared?: boolean;
  readonly private?: boolean;
}

/** Since 1.31. */
export async function imageBuildPrune(session: Session, options: ImageBuildPruneOptions = {}): Promise<BuildPruneJson> {
  requireApiVersion("imageBuildPrune", "1.31", session.apiVersion);
  const filters = options.filters ?? {};
  const query = new Query("imageBuildPrune", session.apiVersion)
    .flag("all", options.all, { since: "1.39" })
    .filters({ ...filters }, Object.fromEntries(Object.keys(filters).map((key) => [key, "1.39"])))
    // One name serves all versions: the newer one is not known below 1.48, the older one is read by all.
    .number("keep-storage", options.reservedSpace, { since: "1.39" })
    .number("max-used-space", options.maxUsedSpace, { since: "1.48" })
    .number("min-free-space", options.minFreeSpace, { since: "1.48" });
  return readObject(session, { method: "POST", path: "/build/prune", query, signal: options.signal });
}
