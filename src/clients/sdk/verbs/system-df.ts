import type { DiskUsageJson, DiskUsageType } from "#wire";
import { Query } from "../query.ts";
import { readObject } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface SystemDfOptions extends Cancellable {
  /** Everything unless given. Since 1.42. */
  readonly types?: readonly DiskUsageType[];
  /** List what is counted. Since 1.52. */
  readonly verbose?: boolean;
}

export async function systemDf(session: Session, options: SystemDfOptions = {}): Promise<DiskUsageJson> {
  const query = new Query("systemDf", session.apiVersion)
    .texts("type", options.types, { since: "1.42" })
    .flag("verbose", options.verbose, { since: "1.52" });
  return readObject(session, { method: "GET", path: "/system/df", query, signal: options.signal });
}
