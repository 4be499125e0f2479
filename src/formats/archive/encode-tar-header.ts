import { invalidArgument } from "#errors";
import { encodeName } from "./entry-name.ts";
import { BLOCK_SIZE, FIELD, paddingOf } from "./tar-block.ts";
import { EPOCH, NO_XATTRS } from "./tar-header.ts";
import type { TarEntry, TarEntryType } from "./tar-header.ts";

/** What to write; what is left out is zero, empty or 1970. */
export type TarEntryInput = Partial<TarEntry> & Pick<TarEntry, "path" | "type">;

const TYPEFLAG: Readonly<Record<Exclude<TarEntryType, "other">, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  "char-device": "3",
  "block-device": "4",
  directory: "5",
  fifo: "6",
};

const ZEROS = Buffer.alloc(2 * BLOCK_SIZE);
const DIGITS = /^[0-9]+$/;

/**
 * The header blocks of one entry: ustar, preceded by a PAX header only for what ustar cannot say (long or non-ASCII
 * names, large or negative numbers, fractions of seconds, xattrs). The same entry always gives the same bytes.
 * A directory's name gets its `/` when it has none. `size` is written for files only.
 */
export function encodeTarHeader(entry: TarEntryInput): Uint8Array<ArrayBuffer> {
  if (entry.type === "other") throw invalidArgument(`cannot write tar entry ${JSON.stringify(entry.path)}: its type is unknown`);
  const block = Buffer.alloc(BLOCK_SIZE);
  const pax: Buffer[] = [];
  const mtime = entry.mtime ?? EPOCH;
  if (`${entry.path}${entry.linkPath ?? ""}`.includes("\0")) throw invalidArgument(`invalid entry name ${JSON.stringify(entry.path)}`);
  writeName(block, pax, entry.type === "directory" && !entry.path.endsWith("/") ? `${entry.path}/` : entry.path);
  writeLink(block, pax, entry.linkPath ?? "");
  writeOctal(block, FIELD.mode, (entry.mode ?? 0) & 0o7777);
  writeNumber(block, pax, FIELD.uid, "uid", entry.uid ?? 0);
  writeNumber(block, pax, FIELD.gid, "gid", entry.gid ?? 0);
  writeNumber(block, pax, FIELD.size, "size", entry.type === "file" ? (entry.size ?? 0) : 0);
  writeTime(block, pax, mtime.seconds, mtime.nanoseconds);
  writeOctal(block, FIELD.devMajor, entry.devMajor ?? 0);
  writeOctal(block, FIELD.devMinor, entry.devMinor ?? 0);
  const xattrs = [...(entry.xattrs ?? NO_XATTRS)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, value] of xattrs) {
    // The first `=` ends a record's key.
    if (name === "" || /[=\0]/.test(name)) throw invalidArgument(`cannot write tar entry: invalid xattr name ${JSON.stringify(name)}`);
    pax.push(paxRecord(`SCHILY.xattr.${name}`, value));
  }
  seal(block, TYPEFLAG[entry.type]);
  return pax.length === 0 ? block : Buffer.concat([...paxHeader(pax, mtime.seconds), block]);
}

/** The zeros behind a payload of that size. */
export function tarPadding(size: number): Uint8Array {
  return ZEROS.subarray(0, paddingOf(size));
}

/** The two zero blocks behind the last entry. */
export function tarEnd(): Uint8Array {
  return ZEROS;
}

/** The name of the PAX header itself is never seen: readers put the record's in its place. */
function paxHeader(records: readonly Buffer[], seconds: number): Buffer[] {
  const payload = Buffer.concat(records);
  const block = Buffer.alloc(BLOCK_SIZE);
  block.write("PaxHeaders.0/entry", FIELD.name[0], "latin1");
  writeOctal(block, FIELD.mode, 0o644);
  writeOctal(block, FIELD.uid, 0);
  writeOctal(block, FIELD.gid, 0);
  writeOctal(block, FIELD.size, payload.length);
  writeOctal(block, FIELD.mtime, fits(seconds, FIELD.mtime[1]) ? seconds : 0);
  writeOctal(block, FIELD.devMajor, 0);
  writeOctal(block, FIELD.devMinor, 0);
  seal(block, "x");
  return [block, payload, Buffer.from(tarPadding(payload.length))];
}

/** ustar has room for 100 bytes, or for 155 more in front of one of the slashes. */
function writeName(block: Buffer, pax: Buffer[], path: string): void {
  const name = encodeName(path);
  const [nameAt, nameLength] = FIELD.name;
  const [prefixAt, prefixLength] = FIELD.prefix;
  const isAscii = name.every((byte) => byte < 0x80);
  const split = name.length <= nameLength ? 0 : name.lastIndexOf(0x2f, Math.min(prefixLength, name.length - 2));
  const isSplit = split > 0 && name.length - split - 1 <= nameLength;
  if (isAscii && (name.length <= nameLength || isSplit)) {
    if (isSplit) block.set(name.subarray(0, split), prefixAt);
    block.set(isSplit ? name.subarray(split + 1) : name, nameAt);
    return;
  }
  pax.push(paxRecord("path", name));
  block.set(name.subarray(0, nameLength), nameAt);
}

function writeLink(block: Buffer, pax: Buffer[], linkPath: string): void {
  const name = encodeName(linkPath);
  const [at, length] = FIELD.linkName;
  if (name.length > length || !name.every((byte) => byte < 0x80)) pax.push(paxRecord("linkpath", name));
  block.set(name.subarray(0, length), at);
}

function writeNumber(block: Buffer, pax: Buffer[], field: readonly [number, number], key: string, value: number): void {
  if (fits(value, field[1])) return writeOctal(block, field, value);
  pax.push(paxRecord(key, String(value)));
  writeOctal(block, field, 0);
}

function writeTime(block: Buffer, pax: Buffer[], seconds: number, nanoseconds: number): void {
  const isPlain = nanoseconds === 0 && fits(seconds, FIELD.mtime[1]);
  if (!isPlain) pax.push(paxRecord("mtime", timeText(seconds, nanoseconds)));
  writeOctal(block, FIELD.mtime, fits(seconds, FIELD.mtime[1]) ? seconds : 0);
}

/** The fraction counts away from zero, so -1.5 s is 0.5 s after -2. */
function timeText(seconds: number, nanoseconds: number): string {
  const isNegative = seconds < 0 && nanoseconds > 0;
  const whole = isNegative ? -(seconds + 1) : seconds;
  const fraction = isNegative ? 1e9 - nanoseconds : nanoseconds;
  const digits = fraction === 0 ? "" : `.${String(fraction).padStart(9, "0").replace(/0+$/, "")}`;
  return `${isNegative ? "-" : ""}${whole}${digits}`;
}

function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), typeof value === "string" ? Buffer.from(value) : value, Buffer.from("\n")]);
  let length = rest.length + String(rest.length).length;
  // The length counts its own digits, which may make it one digit longer.
  if (String(length).length > String(rest.length).length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function fits(value: number, length: number): boolean {
  return value >= 0 && value < 8 ** (length - 1);
}

function writeOctal(block: Buffer, [at, length]: readonly [number, number], value: number): void {
  if (!DIGITS.test(String(value)) || !fits(value, length)) throw invalidArgument(`cannot write tar entry: number ${value} is out of range`);
  block.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
}

function seal(block: Buffer, typeflag: string): void {
  const [at, length] = FIELD.checksum;
  block.write(typeflag, FIELD.typeflag[0], "latin1");
  block.write("ustar\x0000", FIELD.magic[0], "latin1");
  block.fill(0x20, at, at + length);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, at, "latin1");
}
