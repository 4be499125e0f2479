import type { AttestationJson, PlatformJson } from "#wire";
import { imagePath } from "../image-path.ts";
import { Query, requireApiVersion } from "../query.ts";
import { readList } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageAttestationsOptions extends Cancellable {
  /** The engine's own unless given. */
  readonly platform?: PlatformJson;
  /** Predicate types; any may match. */
  readonly types?: readonly string[];
  /** Include the statements' bodies. */
  readonly statement?: boolean;
}

/** Since 1.55. */
export async function imageAttestations(
  session: Session,
  name: string,
  options: ImageAttestationsOptions = {},
): Promise<readonly AttestationJson[]> {
  requireApiVersion("imageAttestations", "1.55", session.apiVersion);
  const query = new Query("imageAttestations", session.apiVersion)
    .platform("platform", options.platform)
    .texts("type", options.types)
    .flag("statement", options.statement);
  return readList(session, { method: "GET", path: imagePath(name, "/attestations"), query, signal: options.signal });
}
