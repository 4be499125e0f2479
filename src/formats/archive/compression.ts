/** How bytes are packed; `none` also for what is no known compression. */
export type Compression = "none" | "gzip" | "zstd" | "bzip2" | "xz";

/** Bounds on what a compressed stream may expand to. */
export interface DecompressLimits {
  /** Uncompressed bytes. */
  readonly maxBytes: number;
  /** Uncompressed bytes for each compressed one, looked at once `ratioFrom` bytes are out. */
  readonly maxRatio: number;
  readonly ratioFrom: number;
}

export const DEFAULT_DECOMPRESS_LIMITS: DecompressLimits = {
  maxBytes: 256 * 1024 ** 3,
  maxRatio: 1000,
  // A layer of zeros is a layer too, and expanding only costs time here: nothing expanded is kept.
  ratioFrom: 4 * 1024 ** 3,
};

/** As many first bytes as tell every compression apart. */
export const MAGIC_SIZE = 6;

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

/** Tells by the first bytes, as Docker does; fewer than six may be too few to tell. */
export function detectCompression(firstBytes: Uint8Array): Compression {
  for (const [compression, magic] of MAGIC) {
    if (magic.every((byte, index) => firstBytes[index] === byte)) return compression;
  }
  return isSkippableFrame(firstBytes) ? "zstd" : "none";
}

/** Zstandard frames that hold no data, which may also come first (RFC 8878, 3.1.2). */
export function isSkippableFrame(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0xf0) === 0x50 && bytes[1] === 0x2a && bytes[2] === 0x4d && bytes[3] === 0x18;
}
