import { registriesHeader } from "../credentials.ts";
import type { Credentials } from "../credentials.ts";
import { readProgress } from "../progress.ts";
import type { Progress } from "../progress.ts";
import { Query } from "../query.ts";
import type { Cancellable, Session } from "../session.ts";

/** Copy from one registry to another. The engine stores nothing of it. */
export interface ImageCopyOptions extends Cancellable {
  /** Without tag and digest `latest`. */
  readonly from: string;
  /** Without tag and digest `latest`; a digest has to be the one that is copied. */
  readonly to: string;
  /** Every tag of the source, under the same tags; neither name has one then. */
  readonly allTags?: boolean;
  /** `os[/arch[/variant]]`: the one manifest for it instead of the index. */
  readonly platform?: string;
  /** Signatures, SBOMs and attestations, too; true unless given. */
  readonly referrers?: boolean;
  /** By registry, `host[:port]`. */
  readonly credentials?: Readonly<Record<string, Credentials>>;
}

export interface CopiedImage {
  readonly name: string;
  /** Of the manifest or index that the target has under the name now. */
  readonly digest: string;
  /** Of that document, in bytes. */
  readonly size: number;
}

export interface CopiedImages {
  readonly copied: readonly CopiedImage[];
  /** Bytes of blobs that passed through the engine. */
  readonly transferred: number;
}

export async function* imageCopy(session: Session, options: ImageCopyOptions): AsyncGenerator<Progress, CopiedImages> {
  const query = new Query("imageCopy", session.apiVersion)
    .text("from", options.from)
    .text("to", options.to)
    .flag("allTags", options.allTags)
    .text("platform", options.platform)
    .defaultTrue("referrers", options.referrers);
  const headers = registriesHeader(options.credentials ?? {});
  const copied: CopiedImage[] = [];
  let transferred = 0;
  for await (const progress of readProgress(session, { method: "POST", path: "/slipway/copy", query, headers, signal: options.signal })) {
    const { aux } = progress;
    if (typeof aux === "object" && aux !== null) {
      if ("Transferred" in aux && typeof aux.Transferred === "number") transferred = aux.Transferred;
      const image = copiedImage(aux);
      if (image !== undefined) copied.push(image);
    }
    yield progress;
  }
  return { copied, transferred };
}

function copiedImage(aux: object): CopiedImage | undefined {
  if (!("Name" in aux) || !("Digest" in aux) || !("Size" in aux)) return undefined;
  const { Name: name, Digest: digest, Size: size } = aux;
  return typeof name === "string" && typeof digest === "string" && typeof size === "number" ? { name, digest, size } : undefined;
}
