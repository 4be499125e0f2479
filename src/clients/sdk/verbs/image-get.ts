import type { PlatformJson } from "#wire";
import { readArchive } from "../archive-stream.ts";
import { imagePath } from "../image-path.ts";
import { Query } from "../query.ts";
import { open } from "../session.ts";
import type { Cancellable, Session } from "../session.ts";
import { streamOf } from "../stream.ts";
import type { Stream } from "../stream.ts";

export interface ImageGetOptions extends Cancellable {
  /** Since 1.48; several since 1.52. */
  readonly platforms?: readonly PlatformJson[];
}

/** Resolves once the engine begins to send: an uncompressed tar that `imageLoad` takes. Its stream fails if the archive is not whole. */
export async function imageGet(session: Session, name: string, options: ImageGetOptions = {}): Promise<Stream<Uint8Array>> {
  const query = archiveQuery("imageGet", session, options);
  const response = await open(session, { method: "GET", path: imagePath(name, "/get"), query, signal: options.signal });
  return streamOf(readArchive(response), response);
}

/** As `imageGet`, many images in one archive. A bare repository stands for all its tags. */
export async function imageGetAll(session: Session, names: readonly string[], options: ImageGetOptions = {}): Promise<Stream<Uint8Array>> {
  const query = archiveQuery("imageGetAll", session, options).texts("names", names);
  const response = await open(session, { method: "GET", path: "/images/get", query, signal: options.signal });
  return streamOf(readArchive(response), response);
}

function archiveQuery(verb: string, { apiVersion }: Session, { platforms }: ImageGetOptions): Query {
  return new Query(verb, apiVersion).platforms("platform", platforms, { since: "1.48", manySince: "1.52" });
}
