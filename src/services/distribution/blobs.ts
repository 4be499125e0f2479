import { isEngineError } from "#errors";
import { collectGarbage, openStored } from "#images";
import type { ImageDeps, StoredBlob, StoredDeps } from "#images";
import type { Digest } from "#oci";
import { registryError } from "./errors.ts";

export async function openBlob(deps: StoredDeps, digest: Digest): Promise<StoredBlob> {
  // A file without a record is on its way in or out.
  if (deps.metadata.blobs.find(digest) === undefined) throw blobUnknown(digest);
  try {
    return await openStored(deps, digest);
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
