/**
 * Files by URL, for what a client names: imports, `ADD`, remote contexts.
 *
 * Promises: http and https only; never a forbidden address, at any redirect; bounded size and time; no credentials but those
 * in the URL, which go to its origin alone. Knows nothing of images and builds, and keeps nothing.
 */
export { createFetchUrl } from "./fetch-url.ts";
export type { FetchedUrl, FetchOptions, FetchUrl, FetchUrlOptions } from "./fetch-url.ts";
