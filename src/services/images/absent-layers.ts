import { isForeignLayerType, MAX_MANIFEST_SIZE, parseManifest } from "#oci";
import type { Digest } from "#oci";
import { readStored } from "./stored-blob.ts";
import type { StoredDeps } from "./stored-blob.ts";

/**
 * Whether all of a manifest or index is stored that has to travel with it. Foreign layers need not be: their descriptors
 * say where else they are to be had.
 */
export async function isWhole(deps: StoredDeps, root: Digest): Promise<boolean> {
  const { blobs } = deps.metadata;
  const missing = new Set(blobs.missing(root));
  for (const { digest } of missing.size === 0 ? [] : blobs.closure(root)) {
    if (!blobs.childrenOf(digest).some((child) => missing.has(child))) continue;
    const document = parseManifest(await readStored(deps, digest, MAX_MANIFEST_SIZE));
    const layers = document.kind === "manifest" ? document.layers : [];
    for (const layer of layers) if (isForeignLayerType(layer.mediaType)) missing.delete(layer.digest);
  }
  return missing.size === 0;
}
