import { inflateRawSync, zstdDecompressSync } from "node:zlib";
import { PIECE_SIZE } from "./zlib-member.ts";

/**
 * Archives that can be read from the middle (eStargz, zstd:chunked, bgzip) pack each file by itself. A stream
 * object for each of these members costs ten times the work of unpacking it, so what is small and whole is done in
 * one call.
 */
export const SMALL_MEMBER_SIZE = 64 * 1024;

export interface SmallMember {
  readonly output: Uint8Array;
  /** Compressed bytes that it took. */
  readonly consumed: number;
}

/** Undefined when no whole and small deflate stream lies at `at`; what is wrong with it is then for others to say. */
export function inflateSmall(bytes: Uint8Array, at: number): SmallMember | undefined {
  const input = bytes.subarray(at, at + SMALL_MEMBER_SIZE);
  const result: unknown = attempt(() => inflateRawSync(input, { info: true, chunkSize: 16 * 1024, maxOutputLength: PIECE_SIZE }));
  if (!hasBufferAndEngine(result)) return undefined;
  return { output: result.buffer, consumed: result.engine.bytesWritten };
}

/** As `inflateSmall`, for a zstd frame with its magic number. */
export function unpackSmallFrame(bytes: Uint8Array, at: number): SmallMember | undefined {
  const input = bytes.subarray(at, at + SMALL_MEMBER_SIZE);
  const consumed = frameLength(input);
  if (consumed === undefined) return undefined;
  const output = attempt(() => zstdDecompressSync(input.subarray(0, consumed), { chunkSize: 16 * 1024, maxOutputLength: PIECE_SIZE }));
  return output === undefined ? undefined : { output, consumed };
}

/** Bytes of the frame that `input` begins with (RFC 8878, 3.1.1), undefined when it ends elsewhere. */
function frameLength(input: Uint8Array): number | undefined {
  const descriptor = input[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let at = 5 + (isSingleSegment ? 0 : 1) + dictionaryId + contentSize;
  for (;;) {
    const header = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);
    const isRun = ((header >> 1) & 3) === 1;
    at += 3 + (isRun ? 1 : header >> 3);
    if (at > input.byteLength) return undefined;
    if ((header & 1) === 1) break;
  }
  const end = at + ((descriptor & 4) === 0 ? 0 : 4);
  return end <= input.byteLength ? end : undefined;
}

function attempt<T>(unpack: () => T): T | undefined {
  try {
    return unpack();
  } catch {
    return undefined;
  }
}

/** What the `info` option gives, which Node's types do not say. */
function hasBufferAndEngine(value: unknown): value is { buffer: Uint8Array; engine: { bytesWritten: number } } {
  return typeof value === "object" && value !== null && "buffer" in value && value.buffer instanceof Uint8Array && "engine" in value;
}
