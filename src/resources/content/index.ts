/**
 * Immutable blobs by digest, on one directory: ingest → stage → commit → open.
 *
 * Promises: a readable blob is whole, verified and on disk; an unfinished one is invisible, and gone or found again by
 * whoever wants it next; receiving runs beside the event loop, and one pass finds digest, size and, for layers, diffID
 * and entry index. Refuses to know images, names and who needs a blob: what is removed is its caller's decision.
 */
export type { BlobReader, StreamOptions } from "./blob-reader.ts";
export { Content } from "./content.ts";
export type { Ingest, IngestOptions, StagedBlob } from "./ingest.ts";
export type { ReceivedBlob, ReceivedLayer } from "./received-blob.ts";
