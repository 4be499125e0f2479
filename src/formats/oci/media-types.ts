/** Media types of OCI image-spec 1.1 and of Docker's image manifest version 2, schema 2. */
export const MEDIA_TYPE = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociEmpty: "application/vnd.oci.empty.v1+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  inToto: "application/vnd.in-toto+json",
} as const;

const FOREIGN_LAYER_BASES = [
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.docker.image.rootfs.foreign.diff.tar",
];
const LAYER_BASES = ["application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar", ...FOREIGN_LAYER_BASES];

export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPE.ociIndex || mediaType === MEDIA_TYPE.dockerIndex;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPE.ociManifest || mediaType === MEDIA_TYPE.dockerManifest;
}

export function isImageConfigType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPE.ociConfig || mediaType === MEDIA_TYPE.dockerConfig;
}

/** True for a file system layer, whatever its compression suffix (`+gzip`, `.gzip`, `+zstd`, …). */
export function isLayerType(mediaType: string): boolean {
  return isOneOf(LAYER_BASES, mediaType);
}

/** True for a layer that may not be distributed: it is had from the places that its descriptor names, not from registries. */
export function isForeignLayerType(mediaType: string): boolean {
  return isOneOf(FOREIGN_LAYER_BASES, mediaType);
}

function isOneOf(bases: readonly string[], mediaType: string): boolean {
  return bases.some((base) => mediaType === base || (mediaType.startsWith(base) && /^[+.][a-z]+$/.test(mediaType.slice(base.length))));
}
