/**
 * The words of images as values: digests, descriptors, media types, manifests, configs, references, platforms.
 *
 * Promises: what is parsed here is checked once and safe everywhere (a `Digest` may become a file name). Pure;
 * keeps no bytes and re-encodes nothing it did not author.
 */
export { chainIds } from "./chain-id.ts";
export type { Descriptor, Platform } from "./descriptor.ts";
export { algorithmOf, createDigester, digestOf, hexOf, isDigest, parseDigest, shortId } from "./digest.ts";
export type { ChainId, DiffId, Digest, Digester, ImageId } from "./digest.ts";
export { MAX_CONFIG_SIZE, parseImageConfig, toContainerConfig } from "./image-config.ts";
export type { ContainerConfig, Healthcheck, HistoryEntry, ImageConfig } from "./image-config.ts";
export { orderedConfig } from "./ordered-config.ts";
export type { ContainerSettings } from "./container-settings.ts";
export type * from "./host-config.ts";
export { createGlob } from "./glob.ts";
export { acceptsCharacter, codePoints, parseGlob } from "./glob-tokens.ts";
export type { GlobCharacter, GlobToken } from "./glob-tokens.ts";
export { isJsonObject, parseJson, parseJsonObject } from "./json.ts";
export type { JsonObject } from "./json.ts";
export { MAX_MANIFEST_SIZE, parseDescriptor, parseManifest, parsePlatformObject, successors } from "./manifest.ts";
export type { ImageIndex, ImageManifest, ManifestDocument } from "./manifest.ts";
export { isForeignLayerType, isImageConfigType, isIndexType, isLayerType, isManifestType, MEDIA_TYPE } from "./media-types.ts";
export { formatPlatform, hostPlatform, normalizePlatform, parsePlatform } from "./platform.ts";
export { bestPlatform, samePlatform } from "./platform-matcher.ts";
export { createReferenceGlob } from "./reference-glob.ts";
export {
  canonical,
  compareCanonical,
  familiar,
  familiarRepository,
  isIdPrefix,
  parseAnyReference,
  parseReference,
  parseTagTarget,
  withDefaultTag,
  withDigest,
  withoutTag,
  withTag,
} from "./reference.ts";
export type { AnyReference, Reference } from "./reference.ts";
