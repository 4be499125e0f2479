/**
 * Layers on their way out: a plain tar goes in, a gzip or zstd stream comes out, with its digest.
 *
 * Promises: the same bytes for the same tar, however it was cut and however many blocks were compressed at once; flat
 * memory; the event loop only moves blocks. Knows no files, no registries and nothing of who has what.
 */
export { CompressedBlob } from "./compressed-blob.ts";
export { Compressor } from "./compressor.ts";
export type { TarSource } from "./cut-into-blocks.ts";
export { formatOf } from "./format.ts";
export type { CompressionFormat, CompressionName } from "./format.ts";
