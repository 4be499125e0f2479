import type { BlobReader } from "#content";
import { isEngineError } from "#errors";
import { collectGarbage } from "#images";
import type { ImageDeps } from "#images";
import type { Digest } from "#oci";
import { registryError } from "./errors.ts";

export async function openBlob({ content, metadata }: Pick<ImageDeps, "content" | "metadata">, digest: Digest): Promise<BlobReader> {
  // A file without a record is on its way in or out.
  if (metadata.blobs.find(digest) === undefined) throw blobUnknown(digest);
  try {
    return await content.open(digest);
  } catch (error) {
    throw isEngineError(error, "not-found") ? blobUnknown(digest) : error;
  }
}

export async function removeBlob(deps: ImageDeps, digest: Digest): Promise<void> {
  const { metadata } = deps;
  if (metadata.blobs.find(digest) === undefined) throw blobUnknown(digest);
  metadata.transaction(() => {
    metadata.uploads.release([digest]);
    if (metadata.blobs.isLive(digest)) throw registryError("UNSUPPORTED", "a manifest needs this blob", [{ digest }]);
  });
  await collectGarbage(deps, [digest]);
}

export function blobUnknown(digest: Digest): Error {
  return registryError("BLOB_UNKNOWN", "blob unknown to registry", [{ digest }]);
}
