import { digestOf, MEDIA_TYPE } from "#oci";
import type { Descriptor, ManifestDocument, Platform } from "#oci";

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

/** Writes the index of what was written for several platforms, members in Docker's order. */
export function writeIndex(manifests: readonly Descriptor[]): WrittenManifest {
  return indexOf(MEDIA_TYPE.ociIndex, manifests);
}

/** Whether a document has the form that `writeManifest` or `writeIndex` gives: it says nothing but what it stands for. */
export function isWritten(document: ManifestDocument, bytes: Uint8Array): boolean {
  const { bytes: own } = document.kind === "index" ? writeIndex(document.manifests) : ociManifest(document.config, document.layers);
  return own.equals(bytes);
}

export type PublishedForm = "docker" | "oci";

/** What a registry is sent is in Docker's form and by its types, unless those have no word for a compression. */
export function publishedForm(layers: readonly Descriptor[]): PublishedForm {
  return layers.every(isGzip) ? "docker" : "oci";
}

export function publishedManifest({ config, layers }: PublishedImage, form: PublishedForm): WrittenManifest {
  if (form === "oci") {
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

/** @param manifests of the same form. */
export function publishedIndex(manifests: readonly Descriptor[], form: PublishedForm): WrittenManifest {
  return indexOf(form === "docker" ? MEDIA_TYPE.dockerIndex : MEDIA_TYPE.ociIndex, manifests);
}

interface PublishedImage {
  readonly config: Sized;
  readonly layers: readonly Descriptor[];
}

function isGzip({ mediaType }: Descriptor): boolean {
  return mediaType === LAYER_TYPE.gzip || mediaType === DOCKER_GZIP;
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

function indexOf(mediaType: string, manifests: readonly Descriptor[]): WrittenManifest {
  const entries = manifests.map(({ mediaType: type, digest, size, platform }) => {
    return { mediaType: type, digest, size, ...(platform && { platform: platformJson(platform) }) };
  });
  return written(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries }));
}

function platformJson({ architecture, os, variant, ...rest }: Platform): object {
  return { architecture, os, ...rest, ...(variant !== undefined && { variant }) };
}

function written(mediaType: string, text: string): WrittenManifest {
  const bytes = Buffer.from(text);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength } };
}
