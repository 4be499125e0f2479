import type { StagedBlob } from "#content";
import { isEngineError } from "#errors";
import { parseReference } from "#oci";
import type { Digest, Reference } from "#oci";
import type { CredentialSource, Repository } from "#registry";
import { familiarName } from "./familiar-name.ts";
import type { ImageDeps } from "./image-deps.ts";
import { storeBlobs } from "./store-blobs.ts";

export interface LostBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What images need and the store has lost. */
export function lostBlobs({ metadata }: Pick<ImageDeps, "metadata">): LostBlob[] {
  return metadata.lost.all().filter(({ digest }) => metadata.blobs.isLive(digest));
}

/** Forgets what was stored again, and what nothing needs any more. */
export function tidyLost({ metadata }: Pick<ImageDeps, "metadata">): void {
  const needed = new Set(lostBlobs({ metadata }).map(({ digest }) => digest));
  metadata.transaction(() => metadata.lost.keepOnly(needed));
}

/** Familiar names of the images that need a blob: tags, or digests where there are none. */
export function imagesNeeding({ metadata }: Pick<ImageDeps, "metadata">, digest: Digest): string[] {
  const names = metadata.names.needing(digest).map(({ name }) => name);
  const tags = names.filter((name) => !name.includes("@"));
  return (tags.length > 0 ? tags : names).map(familiarName);
}

/** Where a blob came from or went to: the repositories by whose digests the images that need it are known. */
export function originsOf({ metadata }: Pick<ImageDeps, "metadata">, digest: Digest): Reference[] {
  const names = metadata.names.needing(digest).flatMap(({ name }) => (name.includes("@") ? [parseReference(name)] : []));
  return [...new Map(names.map((reference) => [reference.repository, reference])).values()];
}

export type Refetched =
  | { readonly from: string }
  /** Why not, by repository; empty when nothing says where it came from. */
  | { readonly failures: readonly string[] };

/** Brings a lost blob back from the first of its origins that has it. */
export async function refetchBlob(deps: ImageDeps, blob: LostBlob, credentials: CredentialSource | undefined): Promise<Refetched> {
  const failures: string[] = [];
  for (const origin of originsOf(deps, blob.digest)) {
    try {
      const repository = deps.registries.repository(origin, credentials === undefined ? {} : { credentials });
      const staged = await receive(deps, repository, blob);
      try {
        await storeBlobs(deps, [staged], () => undefined);
      } finally {
        await deps.content.discard([staged]);
      }
      return { from: familiarName(origin.repository) };
    } catch (error) {
      if (!isEngineError(error)) throw error;
      failures.push(`${familiarName(origin.repository)}: ${error.message}`);
    }
  }
  return { failures };
}

async function receive({ content, metadata }: ImageDeps, repository: Repository, { digest, size }: LostBlob): Promise<StagedBlob> {
  const known = metadata.images.descriptorOf(digest);
  if (known !== undefined || metadata.blobs.childrenOf(digest).length > 0) {
    const { bytes } = await repository.fetchManifest(known ?? digest);
    return content.stage(bytes, { digest });
  }
  const { stream } = await repository.fetchBlob({ mediaType: "application/octet-stream", digest, size });
  await using ingest = await content.ingest({ digest, size, inspect: true });
  for await (const chunk of stream) await ingest.write(chunk);
  return await ingest.finish();
}
