import { headerFieldTooLong, invalidTarHeader, limitExceeded } from "./errors.ts";
import { dialectOf, FIELD, readNumber, readText } from "./tar-block.ts";
import { EPOCH, TarHeader } from "./tar-header.ts";
import type { TarEntryType, TarLimits } from "./tar-header.ts";

/** Reads the fields of a header block whose checksum holds; extension headers are not applied and the type is open. */
export function readHeader(buffer: Buffer, at: number, offset: number): TarHeader {
  const header = new TarHeader();
  const dialect = dialectOf(buffer, at);
  header.headerOffset = offset;
  header.path = readText(buffer, at + FIELD.name[0], FIELD.name[1]);
  header.linkPath = readText(buffer, at + FIELD.linkName[0], FIELD.linkName[1]);
  header.mode = readField(buffer, at, FIELD.mode, offset) & 0o7777;
  header.uid = readField(buffer, at, FIELD.uid, offset);
  header.gid = readField(buffer, at, FIELD.gid, offset);
  header.size = readField(buffer, at, FIELD.size, offset);
  if (header.size < 0) throw invalidTarHeader(offset);
  const seconds = readField(buffer, at, FIELD.mtime, offset);
  header.mtime = seconds === 0 ? EPOCH : { seconds, nanoseconds: 0 };
  if (dialect === "v7") return header;
  header.devMajor = readField(buffer, at, FIELD.devMajor, offset);
  header.devMinor = readField(buffer, at, FIELD.devMinor, offset);
  if (dialect === "ustar" && buffer[at + FIELD.prefix[0]] !== 0) {
    header.path = `${readText(buffer, at + FIELD.prefix[0], FIELD.prefix[1])}/${header.path}`;
  }
  return header;
}

/** A regular entry without contents whose name ends in `/` is a directory: v7 had no typeflag for those. */
export function entryType(flag: number, path: string, size: number): TarEntryType {
  switch (flag) {
    case 0x00:
      return path.endsWith("/") ? "directory" : "file";
    case 0x30: // "0"
    case 0x37: // "7", contiguous
      return size === 0 && path.endsWith("/") ? "directory" : "file";
    case 0x53: // "S", old GNU sparse
      return "file";
    case 0x31:
      return "hardlink";
    case 0x32:
      return "symlink";
    case 0x33:
      return "char-device";
    case 0x34:
      return "block-device";
    case 0x35:
      return "directory";
    case 0x36:
      return "fifo";
    default:
      return "other";
  }
}

/** Names are final once nothing else can rename the entry; bounds are looked at then. */
export function checkNames(header: TarHeader, { maxPathBytes, maxPathComponents }: TarLimits): void {
  const { path, linkPath, headerOffset } = header;
  // A character is at most three bytes per unit, so short names need no second look.
  if (path.length * 3 > maxPathBytes && header.name.length > maxPathBytes) throw headerFieldTooLong(headerOffset);
  if (linkPath.length * 3 > maxPathBytes && header.linkName.length > maxPathBytes) throw headerFieldTooLong(headerOffset);
  if (path.length > maxPathComponents && path.split("/").length > maxPathComponents) {
    throw limitExceeded("a path is too deep", `${maxPathComponents} components`, headerOffset);
  }
}

function readField(buffer: Buffer, at: number, [start, length]: readonly [number, number], offset: number): number {
  const value = readNumber(buffer, at + start, length);
  if (value === undefined) throw invalidTarHeader(offset);
  return value;
}
