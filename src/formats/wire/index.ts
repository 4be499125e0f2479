/**
 * The Engine API's bytes, for both ends: JSON shapes and the words that travel with them.
 *
 * Promises: what one end writes the other reads. Pure; knows no image, no socket and no engine. Only the daemon
 * and the clients come here.
 */
export { checkApiVersion, compareApiVersions, MAX_API_VERSION, MIN_API_VERSION, splitApiVersion } from "./api-version.ts";
export { encodeBuildStatus } from "./build-status.ts";
export type { BuildStatus, BuildVertex, BuildVertexStatus } from "./build-status.ts";
export { parseBool } from "./bool.ts";
export { kindOf, statusOf } from "./error-status.ts";
export { filterBool, filterValues, invalidFilterValues, matchesExactly, matchesLabels, matchesPrefix, parseFilters } from "./filters.ts";
export type { Filters } from "./filters.ts";
export { formatDuration, parseDuration } from "./go-duration.ts";
export { goBool, goInt, goList, goMap, goPair, goPointer, goString, goStruct, goWords, omitEmpty, omitNull, readGo } from "./go-struct.ts";
export type { GoFields, GoType } from "./go-struct.ts";
export { parseJsonBody, parseList, parseStringList, parseStringMap } from "./go-json.ts";
export { formatSize } from "./human-size.ts";
export { decodeJsonStream, encodeProgress } from "./json-stream.ts";
export { decodeForm, encodeForm, formBoundary } from "./multipart.ts";
export type { FormPart } from "./multipart.ts";
export { parsePlatformJson } from "./platform-parameter.ts";
export { formatProgress } from "./progress-bar.ts";
export { firstValue, mergeQueries, parseQuery } from "./query.ts";
export type { QueryParameters } from "./query.ts";
export { decodeRegistryAuth, decodeRegistryConfig, encodeRegistryAuth, encodeRegistryConfig, parseRegistryAuth } from "./registry-auth.ts";
export type { RegistryAuth } from "./registry-auth.ts";
export { decodeFrames, encodeFrame, encodeTextFrames } from "./stream-frames.ts";
export type { FrameStream, StreamPiece } from "./stream-frames.ts";
export { parseMoment, parseUnixTime, toDate } from "./timestamp.ts";
export type * from "./shapes/index.ts";
