/**
 * What can be asked of remote registries without storing anything: log in, search, look at a manifest.
 *
 * Promises: credentials pass through and are forgotten. Knows no store.
 */
export { createRemote } from "./remote.ts";
export type { Remote, RemoteImage, SearchQuery } from "./remote.ts";
