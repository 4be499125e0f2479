import { MAX_MANIFEST_SIZE, MEDIA_TYPE, parseManifest } from "#oci";
import type { Descriptor, ImageId, ImageManifest } from "#oci";
import type { ImageDeps } from "../image-deps.ts";
import { readStored } from "../stored-blob.ts";
import { isWrittenManifest } from "../write-manifest.ts";

/**
 * The manifest of an image that no registry has had yet and that no signature or index can mean, so that its layers may
 * be compressed on their way: it was written for an image that came without one, says nothing else, and no name by its
 * digest, as a pull gives or a push to us, stands for it. Everything else goes out byte for byte (docs/adr/0011).
 */
export async function unpublishedManifest(deps: ImageDeps, id: ImageId, root: Descriptor): Promise<ImageManifest | undefined> {
  const { catalog, metadata } = deps;
  if (root.mediaType !== MEDIA_TYPE.ociManifest || !metadata.blobs.isUnpublished(root.digest)) return undefined;
  if (catalog.namesOf(id).some((name) => name.endsWith(`@${root.digest}`))) return undefined;
  const bytes = await readStored(deps, root.digest, MAX_MANIFEST_SIZE);
  const manifest = parseManifest(bytes, root.mediaType);
  if (manifest.kind !== "manifest" || !isWrittenManifest(manifest, bytes)) return undefined;
  return manifest.layers.some((layer) => isPlain(deps, layer)) ? manifest : undefined;
}

/** Whether the stored blob is the tar itself. */
export function isPlain({ metadata }: Pick<ImageDeps, "metadata">, { digest, mediaType }: Descriptor): boolean {
  return mediaType === MEDIA_TYPE.ociLayer && metadata.blobs.findLayer(digest)?.diffId === digest;
}
