import { digestOf, MEDIA_TYPE } from "#oci";
import type { Descriptor, ImageManifest } from "#oci";

/** Layers that no media type can name (bzip2, xz) are stored as the plain tar. */
export const LAYER_TYPE = {
  none: MEDIA_TYPE.ociLayer,
  gzip: `${MEDIA_TYPE.ociLayer}+gzip`,
  zstd: `${MEDIA_TYPE.ociLayer}+zstd`,
  bzip2: MEDIA_TYPE.ociLayer,
  xz: MEDIA_TYPE.ociLayer,
} as const;

/** Layers of a base image that came in Docker's form have it. */
const DOCKER_GZIP = `${MEDIA_TYPE.dockerLayer}.gzip`;

type Sized = Pick<Descriptor, "digest" | "size">;

export interface WrittenManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** Writes the manifest of a config and its layers, byte for byte as Docker 25 and later write it when they save. */
export function writeManifest(config: Uint8Array, layers: readonly Descriptor[]): WrittenManifest {
  return ociManifest({ digest: digestOf(config), size: config.byteLength }, layers);
}

/** Whether a manifest has the form that `writeManifest` gives: it says nothing but what its config and layers are. */
export function isWrittenManifest({ config, layers }: ImageManifest, bytes: Uint8Array): boolean {
  return ociManifest(config, layers).bytes.equals(bytes);
}

/** What a registry is sent for an image: in Docker's form and by its types, unless those have no word for a compression. */
export function publishedManifest(config: Sized, layers: readonly Descriptor[]): WrittenManifest {
  const isGzip = ({ mediaType }: Descriptor): boolean => mediaType === LAYER_TYPE.gzip || mediaType === DOCKER_GZIP;
  if (!layers.every(isGzip)) {
    return ociManifest(
      config,
      layers.map((layer) => (isGzip(layer) ? { ...layer, mediaType: LAYER_TYPE.gzip } : layer)),
    );
  }
  const mediaType = MEDIA_TYPE.dockerManifest;
  const json = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: MEDIA_TYPE.dockerConfig, size: config.size, digest: config.digest },
    layers: layers.map(({ digest, size }) => ({ mediaType: DOCKER_GZIP, size, digest })),
  };
  return written(mediaType, JSON.stringify(json, undefined, 3));
}

function ociManifest(config: Sized, layers: readonly Descriptor[]): WrittenManifest {
  const mediaType = MEDIA_TYPE.ociManifest;
  const json = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: MEDIA_TYPE.ociConfig, digest: config.digest, size: config.size },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  };
  return written(mediaType, JSON.stringify(json));
}

function written(mediaType: string, text: string): WrittenManifest {
  const bytes = Buffer.from(text);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength } };
}
