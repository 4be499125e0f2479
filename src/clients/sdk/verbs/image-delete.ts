import type { ImageRemovalJson, PlatformJson } from "#wire";
import { imagePath } from "../image-path.ts";
import { Query } from "../query.ts";
import { readList } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageDeleteOptions extends Cancellable {
  /** Override conflicts that can be overridden. */
  readonly force?: boolean;
  /** Keep untagged parents. */
  readonly noprune?: boolean;
  /** Delete only the content of these. Since 1.50. */
  readonly platforms?: readonly PlatformJson[];
}

/** What went away, in order. */
export async function imageDelete(session: Session, name: string, options: ImageDeleteOptions = {}): Promise<readonly ImageRemovalJson[]> {
  const query = new Query("imageDelete", session.apiVersion)
    .flag("force", options.force)
    .flag("noprune", options.noprune)
    .platforms("platforms", options.platforms, { since: "1.50" });
  return readList(session, { method: "DELETE", path: imagePath(name), query, signal: options.signal });
}
