/**
 * Archives as streams of bytes and values: tar, the compressions around it, and what image layers make of them.
 *
 * Promises: one pass, memory bounded by documented limits whatever the input says, names byte-exact, and nothing
 * thrown but `EngineError`. Pure: knows no file system, no worker and no image; it never unpacks anything.
 */
export { detectCompression, MAGIC_SIZE } from "./compression.ts";
export type { Compression, DecompressLimits } from "./compression.ts";
export { decompress } from "./decompress.ts";
export type { DecompressOptions } from "./decompress.ts";
export { createDecompressor } from "./decompressor.ts";
export type { Decompressor, DecompressorOptions } from "./decompressor.ts";
export { encodeTarHeader, tarEnd, tarPadding } from "./encode-tar-header.ts";
export type { TarEntryInput } from "./encode-tar-header.ts";
export { cleanEntryPath, decodeName, encodeName } from "./entry-name.ts";
export { fileSegments } from "./file-segments.ts";
export type { FileSegment } from "./file-segments.ts";
export { LayerIndex } from "./layer-index.ts";
export type { IndexChild, IndexDirectory } from "./layer-index.ts";
export type { FileData, LayerAttributes, LayerLeaf } from "./layer-record.ts";
export { LayerScanner } from "./layer-scanner.ts";
export type { LayerScanLimits, ScannedLayer } from "./layer-scanner.ts";
export { readTar } from "./read-tar.ts";
export type { ReadTarOptions, TarItem } from "./read-tar.ts";
export { DEFAULT_TAR_LIMITS, TarHeader } from "./tar-header.ts";
export type { SparseExtent, TarEntry, TarEntryType, TarLimits, TarTime } from "./tar-header.ts";
export { TarParser } from "./tar-parser.ts";
export type { TarHandler } from "./tar-parser.ts";
export { TreeView } from "./tree-view.ts";
export type { LookupOptions, TreeEntry } from "./tree-view.ts";
export { writeTar } from "./write-tar.ts";
export type { TarInput } from "./write-tar.ts";
