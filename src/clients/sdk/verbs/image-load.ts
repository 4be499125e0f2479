import type { PlatformJson } from "#wire";
import { readProgress } from "../progress.ts";
import type { Progress } from "../progress.ts";
import { Query } from "../query.ts";
import type { Cancellable, Session } from "../session.ts";

export interface ImageLoadOptions extends Cancellable {
  /** No progress of layers. True unless given. */
  readonly quiet?: boolean;
  /** Load only images that provide one of these. Since 1.48; several since 1.52. */
  readonly platforms?: readonly PlatformJson[];
}

export interface LoadedImages {
  /** Familiar names that the archive gave to its images. */
  readonly names: readonly string[];
  /** IDs of images that came without a name. */
  readonly ids: readonly string[];
}

/** Sends `archive`, a tar in any compression, while it reads progress; images that were reported before a failure are loaded. */
export async function* imageLoad(
  session: Session,
  archive: AsyncIterable<Uint8Array>,
  options: ImageLoadOptions = {},
): AsyncGenerator<Progress, LoadedImages> {
  const query = new Query("imageLoad", session.apiVersion)
    .defaultTrue("quiet", options.quiet)
    .platforms("platform", options.platforms, { since: "1.48", manySince: "1.52" });
  const call = { method: "POST", path: "/images/load", query, headers: { "Content-Type": "application/x-tar" }, body: archive } as const;
  const names: string[] = [];
  const ids: string[] = [];
  for await (const progress of readProgress(session, { ...call, signal: options.signal })) {
    for (const [, kind, value] of (progress.stream ?? "").matchAll(LOADED)) {
      if (value !== undefined) (kind === " ID" ? ids : names).push(value);
    }
    yield progress;
  }
  return { names, ids };
}

/** The words that every client looks for; untagged images may share one message. */
const LOADED = /^Loaded image( ID)?: (.+)$/gm;
