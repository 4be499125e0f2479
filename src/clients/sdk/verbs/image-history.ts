import type { ImageHistoryJson, PlatformJson } from "#wire";
import { imagePath } from "../image-path.ts";
import { Query } from "../query.ts";
import { readList } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageHistoryOptions extends Cancellable {
  /** Since 1.48. */
  readonly platform?: PlatformJson;
}

/** Newest first. */
export async function imageHistory(
  session: Session,
  name: string,
  options: ImageHistoryOptions = {},
): Promise<readonly ImageHistoryJson[]> {
  const query = new Query("imageHistory", session.apiVersion).platform("platform", options.platform, { since: "1.48" });
  return readList(session, { method: "GET", path: imagePath(name, "/history"), query, signal: options.signal });
}
