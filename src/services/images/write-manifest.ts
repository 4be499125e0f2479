import { digestOf, MEDIA_TYPE } from "#oci";
import type { Descriptor } from "#oci";

/** Layers that no media type can name (bzip2, xz) are stored as the plain tar. */
export const LAYER_TYPE = {
  none: MEDIA_TYPE.ociLayer,
  gzip: `${MEDIA_TYPE.ociLayer}+gzip`,
  zstd: `${MEDIA_TYPE.ociLayer}+zstd`,
  bzip2: MEDIA_TYPE.ociLayer,
  xz: MEDIA_TYPE.ociLayer,
} as const;

/** Writes the manifest of a config and its layers, byte for byte as Docker 25 and later write it when they save. */
export function writeManifest(
  config: Uint8Array,
  layers: readonly Descriptor[],
): { readonly descriptor: Descriptor; readonly bytes: Uint8Array } {
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.ociManifest,
    config: { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(config), size: config.byteLength },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  const bytes = Buffer.from(text);
  return { bytes, descriptor: { mediaType: MEDIA_TYPE.ociManifest, digest: digestOf(bytes), size: bytes.byteLength } };
}
