/**
 * What can be asked of remote registries without storing anything: log in, search, look at a manifest, copy an image.
 *
 * Promises: credentials pass through and are forgotten; a copied blob is verified on its way, and a tag appears only when
 * all behind it is at the target. Knows no store.
 */
export type { CopiedBlob, CopyEvent, CopyRequest, CopySide } from "./copy/types.ts";
export { createRemote } from "./remote.ts";
export type { Remote, RemoteImage, SearchQuery } from "./remote.ts";
