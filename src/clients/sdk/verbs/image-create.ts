import { authHeader } from "../credentials.ts";
import type { Credentials } from "../credentials.ts";
import { readProgress } from "../progress.ts";
import type { Progress } from "../progress.ts";
import { Query } from "../query.ts";
import type { Call, Cancellable, Session } from "../session.ts";

/** Pull from a registry. */
export interface ImagePullOptions extends Cancellable {
  /** May carry a tag or a digest; without either, and without `tag`, all tags are pulled. */
  readonly fromImage: string;
  /** A tag or a digest; wins over the one in `fromImage`. */
  readonly tag?: string;
  /** `os[/arch[/variant]]`. Since 1.32. */
  readonly platform?: string;
  readonly credentials?: Credentials;
}

/** Make an image of one layer from a root file system: a tar in any compression. */
export interface ImageImportOptions extends Cancellable {
  /** The tar itself, or a URL that the engine reads. */
  readonly from: AsyncIterable<Uint8Array> | string;
  /** Name for the result; without it the image stays untagged. */
  readonly repo?: string;
  readonly tag?: string;
  /** Comment in the history. */
  readonly message?: string;
  /** Dockerfile instructions that set the config: `CMD ["sh"]`. */
  readonly changes?: readonly string[];
  /** `os[/arch[/variant]]`. Since 1.32. */
  readonly platform?: string;
}

export interface PulledImages {
  /** Of what was pulled, one per tag. */
  readonly digests: readonly string[];
}

export interface ImportedImage {
  readonly id: string;
}

export async function* imagePull(session: Session, options: ImagePullOptions): AsyncGenerator<Progress, PulledImages> {
  const query = new Query("imageCreate", session.apiVersion)
    .text("fromImage", options.fromImage)
    .text("tag", options.tag)
    .text("platform", options.platform, { since: "1.32" });
  const digests: string[] = [];
  for await (const progress of readProgress(session, {
    ...CREATE,
    query,
    headers: authHeader(options.credentials),
    signal: options.signal,
  })) {
    const digest = DIGEST_LINE.exec(progress.status ?? "")?.[1];
    if (digest !== undefined) digests.push(digest);
    yield progress;
  }
  return { digests };
}

export async function* imageImport(session: Session, options: ImageImportOptions): AsyncGenerator<Progress, ImportedImage> {
  const { from } = options;
  const query = new Query("imageCreate", session.apiVersion)
    .text("fromSrc", typeof from === "string" ? from : "-")
    .text("repo", options.repo)
    .text("tag", options.tag)
    .text("message", options.message)
    .texts("changes", options.changes)
    .text("platform", options.platform, { since: "1.32" });
  const upload = typeof from === "string" ? {} : { headers: { "Content-Type": "application/x-tar" }, body: from };
  let id = "";
  for await (const progress of readProgress(session, { ...CREATE, query, ...upload, signal: options.signal })) {
    id = ID_LINE.exec(progress.status ?? "")?.[0] ?? id;
    yield progress;
  }
  return { id };
}

const CREATE = { method: "POST", path: "/images/create" } as const satisfies Partial<Call>;
const DIGEST_LINE = /^Digest: ([a-z0-9]+:[0-9a-f]+)$/;
const ID_LINE = /^sha256:[0-9a-f]{64}$/;
