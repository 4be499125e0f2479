import type { FileData } from "./layer-record.ts";

/** A stretch of a file: so many bytes from `offset` of the layer's tar, or so many zeros. */
export type FileSegment =
  | { readonly type: "data"; readonly offset: number; readonly length: number }
  | { readonly type: "hole"; readonly length: number };

/** What to read for the bytes `start` to `end` (not included) of a file of that size, in order. */
export function* fileSegments(file: { size: number; data: FileData }, start = 0, end = file.size): Generator<FileSegment, void> {
  const { dataOffset, sparse } = file.data;
  const limit = Math.min(end, file.size);
  let at = Math.max(0, start);
  let stored = dataOffset;
  for (const extent of sparse ?? [{ offset: 0, length: file.size }]) {
    if (at >= limit) return;
    const extentEnd = extent.offset + extent.length;
    if (extentEnd > at) {
      const from = Math.max(at, extent.offset);
      const hole = Math.min(from, limit) - at;
      if (hole > 0) yield { type: "hole", length: hole };
      const to = Math.min(extentEnd, limit);
      if (to > from) yield { type: "data", offset: stored + (from - extent.offset), length: to - from };
      at = Math.max(at, to);
    }
    stored += extent.length;
  }
  if (at < limit) yield { type: "hole", length: limit - at };
}
