/**
 * The verbs of images: list, inspect, history, tag, remove, prune, load, save, import, attestations.
 *
 * Promises: a name appears only when everything behind it is stored for good, and nothing that was acknowledged
 * is lost. Speaks in domain words; knows no HTTP, no API version and no path on disk.
 */
export { Catalog } from "./catalog.ts";
export { collectGarbage } from "./collect-garbage.ts";
export { checkStore } from "./check-store.ts";
export type { StoreReport } from "./check-store.ts";
export { diskUsage } from "./disk-usage.ts";
export { Holds } from "./holds.ts";
export type { ImageDeps, ImageUser, ImageUsers } from "./image-deps.ts";
export { createImages } from "./image-service.ts";
export type { Cancellable, Images } from "./images.ts";
export { rebuildRecords } from "./rebuild-records.ts";
export { sweepOrphans } from "./sweep-orphans.ts";
export type * from "./types.ts";
