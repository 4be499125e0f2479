/**
 * What is inside each layer: its entry index, by diffID.
 *
 * Promises: an index that is read is whole (it carries a checksum). It is derived from a blob and may always be
 * made again, so nothing here is synced or missed. Knows no chains and no images.
 */
export { Layers } from "./layers.ts";
