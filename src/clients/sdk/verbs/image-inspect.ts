import type { ImageInspectJson, PlatformJson } from "#wire";
import { imagePath } from "../image-path.ts";
import { Query } from "../query.ts";
import { readObject } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageInspectOptions extends Cancellable {
  /** Not together with `platform`. Since 1.48. */
  readonly manifests?: boolean;
  /** Of a multi-platform image, this one. Since 1.49. */
  readonly platform?: PlatformJson;
}

export async function imageInspect(session: Session, name: string, options: ImageInspectOptions = {}): Promise<ImageInspectJson> {
  const query = new Query("imageInspect", session.apiVersion)
    .flag("manifests", options.manifests, { since: "1.48" })
    .platform("platform", options.platform, { since: "1.49" });
  return readObject(session, { method: "GET", path: imagePath(name, "/json"), query, signal: options.signal });
}
