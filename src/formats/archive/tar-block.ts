import { decodeName } from "./entry-name.ts";

export const BLOCK_SIZE = 512;

/** Where a header block keeps what (POSIX ustar, GNU tar's `struct posix_header`): offset and length. */
export const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  devMajor: [329, 8],
  devMinor: [337, 8],
  prefix: [345, 155],
} as const;

/** Zeros that fill the last block of so many bytes. */
export function paddingOf(size: number): number {
  return (BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE;
}

export type BlockKind = "zero" | "header" | "invalid";

/**
 * Checks the sum of the block at `at`. Old writers added bytes up as signed numbers, so either sum will do.
 */
export function blockKind(buffer: Buffer, at: number): BlockKind {
  let sum = 0;
  let high = 0;
  for (let i = at, end = at + BLOCK_SIZE; i < end; i++) {
    const byte = buffer[i] ?? 0;
    sum += byte;
    high += byte >> 7;
  }
  if (sum === 0) return "zero";
  const [offset, length] = FIELD.checksum;
  for (let i = at + offset, end = i + length; i < end; i++) {
    const byte = buffer[i] ?? 0;
    sum += 32 - byte;
    high -= byte >> 7;
  }
  const expected = readNumber(buffer, at + offset, length);
  return expected === sum || expected === sum - 256 * high ? "header" : "invalid";
}

/** Which dialect's fields lie behind the common ones. */
export function dialectOf(buffer: Buffer, at: number): "v7" | "ustar" | "gnu" {
  const magic = at + FIELD.magic[0];
  const isUstar =
    buffer[magic] === 0x75 &&
    buffer[magic + 1] === 0x73 &&
    buffer[magic + 2] === 0x74 &&
    buffer[magic + 3] === 0x61 &&
    buffer[magic + 4] === 0x72;
  if (!isUstar) return "v7";
  if (buffer[magic + 5] === 0) return "ustar";
  return buffer[magic + 5] === 0x20 && buffer[magic + 6] === 0x20 && buffer[magic + 7] === 0 ? "gnu" : "v7";
}

/** A field's text up to its first NUL, in the form of `decodeName`. */
export function readText(buffer: Buffer, at: number, length: number): string {
  let end = at;
  let seen = 0;
  for (const limit = at + length; end < limit; end++) {
    const byte = buffer[end] ?? 0;
    if (byte === 0) break;
    seen |= byte;
  }
  if (end === at) return "";
  return seen < 0x80 ? buffer.toString("latin1", at, end) : decodeName(buffer.subarray(at, end));
}

/** An octal or base-256 field; undefined when it is neither or exceeds 2^53. An empty field is 0. */
export function readNumber(buffer: Buffer, at: number, length: number): number | undefined {
  const first = buffer[at] ?? 0;
  if ((first & 0x80) !== 0) return readBase256(buffer, at, length);
  let start = at;
  let end = at + length;
  while (start < end && isBlank(buffer[start] ?? 0)) start++;
  while (start < end && isBlank(buffer[end - 1] ?? 0)) end--;
  let value = 0;
  for (; start < end; start++) {
    const byte = buffer[start] ?? 0;
    // What follows a NUL inside the field is not part of the number.
    if (byte === 0) break;
    const digit = byte - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

/** Big-endian two's complement behind one marker bit (GNU tar). */
function readBase256(buffer: Buffer, at: number, length: number): number | undefined {
  const isNegative = ((buffer[at] ?? 0) & 0x40) !== 0;
  const flip = isNegative ? 0xff : 0;
  let value = ((buffer[at] ?? 0) ^ flip) & 0x3f;
  for (let i = 1; i < length; i++) {
    value = value * 256 + ((buffer[at + i] ?? 0) ^ flip);
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return isNegative ? -1 - value : value;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0;
}
