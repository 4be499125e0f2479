/**
 * The engine as a registry: the verbs of OCI's distribution protocol over the store of images.
 *
 * Promises: what is pushed is an image like any other once its manifest is there, and what was sent before it waits an
 * hour and no longer. Names and digests are checked once, by their types. Knows no HTTP and not who is asking.
 */
export type { Chunk, Distribution, Listed, Page, PushedManifest, StoredManifest, UploadStatus } from "./distribution.ts";
export { createDistribution } from "./distribution-service.ts";
export { registryError, registryFaultOf } from "./errors.ts";
export type { RegistryErrorCode } from "./errors.ts";
export { isTag, parseManifestReference, parseRepository } from "./names.ts";
export type { ManifestReference, Repository, Tag } from "./names.ts";
