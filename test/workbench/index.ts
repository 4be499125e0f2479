/**
 * What the big tests share: archives made by code, a plain HTTP client, and engines to speak with.
 *
 * Promises: every archive is the same bytes on every machine and day; requests go out exactly as written. Knows
 * nothing of Slipway's sources, so that a fault of ours cannot hide behind our own reader or writer.
 */
export { configBytes, dockerArchive, imageOf, legacyArchive, ociArchive, sha256 } from "./images.ts";
export type { ArchiveImage, ConfigParts, Image, OciEntry } from "./images.ts";
export { isReachable, jsonLines, send } from "./http.ts";
export type { Answer, Call } from "./http.ts";
export { reference } from "./reference.ts";
export { fsck, killWhileStarting, startSlipway, temporaryFolder } from "./slipway.ts";
export type { ProgramOptions, Slipway } from "./slipway.ts";
export { readTar, tarOf } from "./tar.ts";
export type { TarFile } from "./tar.ts";
