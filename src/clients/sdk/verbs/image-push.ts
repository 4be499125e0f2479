import type { PlatformJson } from "#wire";
import { authHeader } from "../credentials.ts";
import type { Credentials } from "../credentials.ts";
import { imagePath } from "../image-path.ts";
import { readProgress } from "../progress.ts";
import type { Progress } from "../progress.ts";
import { Query } from "../query.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImagePushOptions extends Cancellable {
  /** Wins over the tag in the name. Without any, all tags of the repository are pushed. */
  readonly tag?: string;
  /** Only what this platform needs. Since 1.46. */
  readonly platform?: PlatformJson;
  readonly credentials?: Credentials;
}

export interface PushedTag {
  readonly tag: string;
  /** Of the manifest or index that the registry has under the tag now. */
  readonly digest: string;
  /** Of that document, in bytes. */
  readonly size: number;
}

export async function* imagePush(
  session: Session,
  name: string,
  options: ImagePushOptions = {},
): AsyncGenerator<Progress, { readonly pushed: readonly PushedTag[] }> {
  const query = new Query("imagePush", session.apiVersion)
    .text("tag", options.tag)
    .platform("platform", options.platform, { since: "1.46" });
  const call = {
    method: "POST",
    path: imagePath(name, "/push"),
    query,
    headers: authHeader(options.credentials),
    signal: options.signal,
  } as const;
  const pushed: PushedTag[] = [];
  for await (const progress of readProgress(session, call)) {
    const result = pushedTag(progress.aux);
    if (result !== undefined) pushed.push(result);
    yield progress;
  }
  return { pushed };
}

function pushedTag(aux: unknown): PushedTag | undefined {
  if (typeof aux !== "object" || aux === null || !("Tag" in aux) || !("Digest" in aux) || !("Size" in aux)) return undefined;
  const { Tag: tag, Digest: digest, Size: size } = aux;
  return typeof tag === "string" && typeof digest === "string" && typeof size === "number" ? { tag, digest, size } : undefined;
}
