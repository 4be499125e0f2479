import { MAX_MANIFEST_SIZE, MEDIA_TYPE, parseManifest } from "#oci";
import type { Descriptor, Digest, ImageId, ManifestDocument } from "#oci";
import type { ImageDeps } from "../image-deps.ts";
import { readStored } from "../stored-blob.ts";
import { isWritten, publishedForm, publishedIndex, publishedManifest } from "../write-manifest.ts";
import type { WrittenManifest } from "../write-manifest.ts";

/** A manifest or an index on its way to a registry. */
export interface OutgoingManifest extends WrittenManifest {
  readonly bytes: Buffer;
  readonly document: ManifestDocument;
}

/**
 * Whether no registry has had these manifests yet and no signature or index of others can mean them, so that layers may be
 * compressed on their way: they were written for an image that came without any, say nothing else, and no name by its digest,
 * as a pull gives or a push to us, stands for it. Everything else goes out byte for byte (docs/adr/0011).
 *
 * @param target what stands for the image here: one of the manifests, or the index of which one goes alone.
 */
export async function isUnpublished(
  deps: ImageDeps,
  { id, target }: { readonly id: ImageId; readonly target: Descriptor },
  manifests: readonly OutgoingManifest[],
): Promise<boolean> {
  const { catalog, metadata } = deps;
  if (!metadata.blobs.isUnpublished(target.digest)) return false;
  if (catalog.namesOf(id).some((name) => name.endsWith(`@${target.digest}`))) return false;
  if (!manifests.every(({ document, bytes }) => isWritten(document, bytes))) return false;
  if (!manifests.some(({ document }) => document.kind === "manifest" && document.layers.some((layer) => isPlain(deps, layer))))
    return false;
  if (manifests.some(({ descriptor }) => descriptor.digest === target.digest)) return true;
  const bytes = await readStored(deps, target.digest, MAX_MANIFEST_SIZE);
  return isWritten(parseManifest(bytes, target.mediaType), bytes);
}

/** Whether the stored blob is the tar itself. */
export function isPlain({ metadata }: Pick<ImageDeps, "metadata">, { digest, mediaType }: Descriptor): boolean {
  return mediaType === MEDIA_TYPE.ociLayer && metadata.blobs.findLayer(digest)?.diffId === digest;
}

/**
 * What a registry is sent in place of manifests, in the same order.
 *
 * @param manifests children before what contains them.
 * @param sent what the registry has, by the digest of what is stored here.
 */
export function publish(manifests: readonly OutgoingManifest[], sent: ReadonlyMap<Digest, Descriptor>): WrittenManifest[] {
  const layersOf = (document: ManifestDocument): Descriptor[] =>
    document.kind === "index" ? [] : document.layers.map((layer) => sent.get(layer.digest) ?? layer);
  // Not every registry takes an index whose manifests are of another family than its own.
  const form = publishedForm(manifests.flatMap(({ document }) => layersOf(document)));
  const published = new Map<Digest, Descriptor>();
  return manifests.map(({ descriptor, document }) => {
    const written =
      document.kind === "index"
        ? publishedIndex(
            document.manifests.map((child) => ({ ...child, ...published.get(child.digest) })),
            form,
          )
        : publishedManifest({ config: document.config, layers: layersOf(document) }, form);
    published.set(descriptor.digest, written.descriptor);
    return written;
  });
}
