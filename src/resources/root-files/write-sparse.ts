import type { FileHandle } from "node:fs/promises";
import type { TarItem } from "#archive";

/** The contents of a file that the tar says only in parts of; all else is a hole. */
export async function writeSparse(file: FileHandle, { header, body }: TarItem): Promise<void> {
  await file.truncate(header.size);
  const extents = (header.sparse ?? [])[Symbol.iterator]();
  let at = 0;
  let left = 0;
  for await (const chunk of body) {
    for (let rest: Uint8Array = chunk; rest.byteLength > 0;) {
      if (left === 0) {
        const { value, done } = extents.next();
        if (done === true) return;
        at = value.offset;
        left = value.length;
        continue;
      }
      const piece = rest.subarray(0, left);
      await file.write(piece, 0, piece.byteLength, at);
      at += piece.byteLength;
      left -= piece.byteLength;
      rest = rest.subarray(piece.byteLength);
    }
  }
}
