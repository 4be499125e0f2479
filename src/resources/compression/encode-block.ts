import { promisify } from "node:util";
import { constants, deflateRaw, zstdCompress } from "node:zlib";
import type { Block } from "./cut-into-blocks.ts";
import type { CompressionFormat } from "./format.ts";

const deflate = promisify(deflateRaw);
const zstd = promisify(zstdCompress);

/** Bytes that are set aside for output at a time. */
const OUTPUT_SIZE = 128 * 1024;

const SLICES = 8;
const SLICE_SIZE = 8 * 1024;
/** A sample that shrinks by less than this is of a block that does. */
const WORTHWHILE = 0.98;
/** What a length of 16 bits can say (RFC 1951, 3.2.4). */
const MAX_STORED = 0xff_ff;

/** Works in a thread of Node's own pool. The same block always gives the same bytes. */
export async function encodeBlock(format: CompressionFormat, { bytes, window, isLast }: Block): Promise<Uint8Array> {
  if (format.name === "zstd") return zstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: format.level }, chunkSize: OUTPUT_SIZE });
  // Deflate is at its slowest where there is nothing to gain: archives, pictures and the like go as they are.
  if (await isDense(bytes)) return stored(bytes, isLast);
  return deflate(bytes, {
    level: format.level,
    chunkSize: OUTPUT_SIZE,
    finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(window.byteLength > 0 && { dictionary: window }),
  });
}

/** Whether slices from all over the block cannot be made smaller. */
async function isDense(bytes: Buffer): Promise<boolean> {
  if (bytes.byteLength < 2 * SLICES * SLICE_SIZE) return false;
  const step = Math.floor(bytes.byteLength / SLICES);
  const sample = Buffer.concat(Array.from({ length: SLICES }, (_, index) => bytes.subarray(index * step, index * step + SLICE_SIZE)));
  const squeezed = await zstd(sample, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  return squeezed.byteLength > sample.byteLength * WORTHWHILE;
}

/** Deflate's blocks without compression: three bits that say so, up to the next byte, then the length, twice. */
function stored(bytes: Buffer, isLast: boolean): Uint8Array {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < bytes.byteLength; offset += MAX_STORED) {
    const piece = bytes.subarray(offset, offset + MAX_STORED);
    const header = Buffer.alloc(5);
    header.writeUInt8(isLast && offset + MAX_STORED >= bytes.byteLength ? 1 : 0, 0);
    header.writeUInt16LE(piece.byteLength, 1);
    header.writeUInt16LE(MAX_STORED - piece.byteLength, 3);
    pieces.push(header, piece);
  }
  return Buffer.concat(pieces);
}
