import { promisify } from "node:util";
import { constants, deflateRaw, zstdCompress } from "node:zlib";
import { giveBackWhole } from "#async";
import type { Block } from "./cut-into-blocks.ts";
import type { CompressionFormat } from "./format.ts";

const deflate = promisify(deflateRaw);
const zstd = promisify(zstdCompress);

/** What a block that cannot be made smaller becomes larger by, at most: its output is one piece of memory. */
const OVERHEAD = 16 * 1024;

const SLICES = 8;
const SLICE_SIZE = 8 * 1024;
/** A sample that shrinks by less than this is of a block that does. */
const WORTHWHILE = 0.98;
/** Bits for a byte: where so few do, codes of different lengths alone save more than that. */
const UNEVEN = 7.7;
/** What a length of 16 bits can say (RFC 1951, 3.2.4). */
const MAX_STORED = 0xff_ff;

/** Works in a thread of Node's own pool. The same block always gives the same bytes, which are the caller's alone. */
export async function encodeBlock(format: CompressionFormat, { bytes, window, isLast }: Block): Promise<Uint8Array> {
  const chunkSize = format.blockSize + OVERHEAD;
  if (format.name === "zstd") return zstd(bytes, { params: { [constants.ZSTD_c_compressionLevel]: format.level }, chunkSize });
  // Deflate is at its slowest where there is nothing to gain: archives, pictures and the like go as they are.
  if (await isDense(bytes)) return stored(bytes, isLast);
  return deflate(bytes, {
    level: format.level,
    chunkSize,
    finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(window.byteLength > 0 && { dictionary: window }),
  });
}

/** Whether slices from all over the block cannot be made smaller. */
async function isDense(bytes: Buffer): Promise<boolean> {
  if (bytes.byteLength < 2 * SLICES * SLICE_SIZE) return false;
  const step = Math.floor(bytes.byteLength / SLICES);
  const slices = Array.from({ length: SLICES }, (_, index) => bytes.subarray(index * step, index * step + SLICE_SIZE));
  // A tenth of a millisecond, where a look at what repeats costs the way to a thread and a megabyte of memory.
  if (entropyOf(slices) < UNEVEN) return false;
  const sample = Buffer.concat(slices);
  const chunkSize = sample.byteLength + OVERHEAD;
  const squeezed = await zstd(sample, { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize });
  const isDense = squeezed.byteLength > sample.byteLength * WORTHWHILE;
  for (const bytes of [sample, squeezed]) giveBackWhole(bytes);
  return isDense;
}

/** Bits for a byte of a code that knows nothing but how often each value comes. */
function entropyOf(slices: readonly Uint8Array[]): number {
  const counts = new Uint32Array(256);
  let total = 0;
  for (const slice of slices) {
    total += slice.byteLength;
    for (let index = 0; index < slice.byteLength; index += 1) {
      const value = slice[index] ?? 0;
      counts[value] = (counts[value] ?? 0) + 1;
    }
  }
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= count * Math.log2(count / total);
  return bits / total;
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
