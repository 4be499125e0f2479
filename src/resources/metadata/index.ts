/**
 * Small mutable records: names, images, layers, and which blob refers to which, in one SQLite file.
 *
 * Promises: a transaction happens whole or not at all, and after `durable()` it survives a power cut. Everything
 * here can be made again from the blobs and the journal of names. Knows no record's meaning and opens no blob.
 */
export type { CacheKind, CacheRecord } from "./build-cache-table.ts";
export { Database } from "./database.ts";
export { Metadata } from "./metadata.ts";
export { NamesJournal } from "./names-journal.ts";
export type { ImageLayer, ImageRecord, ManifestRecord, NameRecord } from "./records.ts";
