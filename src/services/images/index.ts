/**
 * The verbs of images: list, inspect, history, tag, remove, prune, load, save, import, attestations.
 *
 * Promises: a name appears only when everything behind it is stored for good, and nothing that was acknowledged
 * is lost. Speaks in domain words; knows no HTTP, no API version and no path on disk.
 */
export { Catalog } from "./catalog.ts";
export type { CatalogChange } from "./catalog.ts";
export { changeOnFullDisk, onFullDisk } from "./change-on-full-disk.ts";
export { collectGarbage } from "./collect-garbage.ts";
export { checkStore } from "./check-store.ts";
export type { StoreReport } from "./check-store.ts";
export { diskUsage } from "./disk-usage.ts";
export { familiarName } from "./familiar-name.ts";
export { Holds } from "./holds.ts";
export type { Hold } from "./holds.ts";
export type { ImageDeps, ImageUser, ImageUsers } from "./image-deps.ts";
export { publishImageEvent } from "./image-events.ts";
export { imageConfig, imageContent } from "./image-content.ts";
export type { ImageContent } from "./image-content.ts";
export { wholeTarget } from "./image-graph.ts";
export type { GraphManifest, ImageGraph } from "./image-graph.ts";
export { createImages } from "./image-service.ts";
export type { Cancellable, Images } from "./images.ts";
export { pullImages } from "./pull/pull-images.ts";
export { SharedDownloads } from "./pull/shared-downloads.ts";
export { rebuildRecords } from "./rebuild-records.ts";
export { layerIndex } from "./layer-index.ts";
export { hasLabel } from "./image-filters.ts";
export { imageIdOf, recordImage, recordManifests } from "./record-image.ts";
export { referrerDescriptor } from "./referrer-descriptor.ts";
export { releaseTargets } from "./release-targets.ts";
export { LAYER_TYPE, writeIndex, writeManifest } from "./write-manifest.ts";
export { readImageGraph } from "./image-graph.ts";
export { resolveImage } from "./resolve-image.ts";
export { RemovalRun } from "./removal.ts";
export { readSoundGraph } from "./sound-graph.ts";
export { storeImage } from "./store-image.ts";
export { storeBlobs } from "./store-blobs.ts";
export { openStored, readStored } from "./stored-blob.ts";
export type { StoredBlob, StoredDeps } from "./stored-blob.ts";
export { sweepStore } from "./sweep-store.ts";
export type * from "./types.ts";
