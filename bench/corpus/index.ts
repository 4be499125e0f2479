/**
 * What the engines are given to work on: images made by code, byte for byte the same on every machine.
 *
 * Archives are made when first asked for and kept in `bench/.cache`. Every image bears a label of its own
 * part of the corpus and a name below `bench.local/`, so that the bench can remove its own and nothing else.
 */
export { bigLayer, twoGigabytes } from "./big-layer.ts";
export type { StreamedArchive } from "./big-layer.ts";
export type { CorpusArchive } from "./corpus-archive.ts";
export { manyFiles } from "./many-files.ts";
export { tinyImages, tinyTag } from "./tiny-images.ts";
