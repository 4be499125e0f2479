import { decodeName } from "./entry-name.ts";
import { headerFieldTooLong, invalidTarHeader } from "./errors.ts";
import type { TarLimits, TarTime } from "./tar-header.ts";

const XATTR_PREFIX = "SCHILY.xattr.";
const INTEGER = /^-?[0-9]{1,16}$/;
const TIME = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/;

/** What one PAX extended header says, as far as this reader understands it (POSIX pax, "pax Header Block"). */
export interface PaxRecords {
  path?: string;
  linkPath?: string;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: TarTime;
  xattrs?: Map<string, Uint8Array>;
  sparse?: PaxSparse;
}

/** The `GNU.sparse.*` records, by the last part of their name; `map` holds offset and length in turn. */
export interface PaxSparse {
  major?: string;
  minor?: string;
  name?: string;
  size?: number;
  realsize?: number;
  numblocks?: number;
  map: number[];
}

/**
 * Reads the records of one extended header: `length key=value\n`, where the length counts the whole record, so
 * that values may hold anything, newlines included. Unknown keys are passed over.
 */
export function parsePaxRecords(payload: Buffer, limits: TarLimits, offset: number): PaxRecords {
  const records: PaxRecords = {};
  let xattrBytes = 0;
  for (let at = 0; at < payload.length;) {
    const { keyStart, end } = recordBounds(payload, at, offset);
    const equals = payload.indexOf(0x3d, keyStart);
    if (equals <= keyStart || equals >= end - 1) throw invalidTarHeader(offset);
    const key = payload.toString("utf8", keyStart, equals);
    const value = payload.subarray(equals + 1, end - 1);
    if (key.includes("\0")) throw invalidTarHeader(offset);
    if (key.startsWith(XATTR_PREFIX)) {
      xattrBytes += key.length - XATTR_PREFIX.length + value.length;
      if (xattrBytes > limits.maxXattrBytes) throw headerFieldTooLong(offset);
      // Copied: the payload is a window on a chunk that is gone when the entry is used.
      (records.xattrs ??= new Map()).set(key.slice(XATTR_PREFIX.length), new Uint8Array(value));
    } else {
      applyRecord(records, key, value, limits, offset);
    }
    at = end;
  }
  return records;
}

/** Seconds as a decimal fraction, also negative; undefined when it is no number. */
export function parsePaxTime(text: string): TarTime | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  const seconds = Math.min(Number(whole), Number.MAX_SAFE_INTEGER - 1);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  if (sign === "") return { seconds, nanoseconds };
  return nanoseconds === 0 ? { seconds: 0 - seconds, nanoseconds: 0 } : { seconds: -1 - seconds, nanoseconds: 1e9 - nanoseconds };
}

function recordBounds(payload: Buffer, at: number, offset: number): { keyStart: number; end: number } {
  let length = 0;
  let digit = at;
  for (; digit < payload.length && payload[digit] !== 0x20; digit++) {
    const value = (payload[digit] ?? 0) - 0x30;
    if (value < 0 || value > 9 || digit - at > 9) throw invalidTarHeader(offset);
    length = length * 10 + value;
  }
  const end = at + length;
  if (digit === at || end > payload.length || digit + 1 >= end || payload[end - 1] !== 0x0a) throw invalidTarHeader(offset);
  return { keyStart: digit + 1, end };
}

/** An empty value takes the record back: what the entry's own header says stands. */
function applyRecord(records: PaxRecords, key: string, value: Buffer, limits: TarLimits, offset: number): void {
  if (key.startsWith("GNU.sparse.")) {
    applySparse((records.sparse ??= { map: [] }), key.slice("GNU.sparse.".length), value, limits, offset);
    return;
  }
  switch (key) {
    case "path":
      setOrDelete(records, "path", nameOf(value, limits, offset));
      break;
    case "linkpath":
      setOrDelete(records, "linkPath", nameOf(value, limits, offset));
      break;
    case "size":
    case "uid":
    case "gid":
      setOrDelete(records, key, integerOf(value, offset));
      break;
    case "mtime":
      setOrDelete(records, "mtime", timeOf(value, offset));
      break;
    default:
  }
}

function applySparse(sparse: PaxSparse, key: string, value: Buffer, limits: TarLimits, offset: number): void {
  switch (key) {
    case "major":
    case "minor":
      setOrDelete(sparse, key, value.toString("latin1"));
      break;
    case "name":
      setOrDelete(sparse, key, nameOf(value, limits, offset));
      break;
    case "size":
    case "realsize":
    case "numblocks":
      setOrDelete(sparse, key, integerOf(value, offset));
      break;
    case "offset":
    case "numbytes": {
      // Version 0.0 repeats the two in turn; anything else is a desync, not a map.
      if ((sparse.map.length % 2 === 0) !== (key === "offset")) throw invalidTarHeader(offset);
      sparse.map.push(integerOf(value, offset) ?? 0);
      break;
    }
    case "map":
      sparse.map = value.length === 0 ? [] : mapOf(value, limits, offset);
      break;
    default:
  }
  if (sparse.map.length > 2 * limits.maxSparseExtents) throw headerFieldTooLong(offset);
}

function mapOf(value: Buffer, limits: TarLimits, offset: number): number[] {
  const numbers = value.toString("latin1").split(",", 2 * limits.maxSparseExtents + 1);
  return numbers.map((text) => {
    if (!INTEGER.test(text)) throw invalidTarHeader(offset);
    return Number(text);
  });
}

function nameOf(value: Buffer, limits: TarLimits, offset: number): string | undefined {
  if (value.length > limits.maxPathBytes) throw headerFieldTooLong(offset);
  if (value.includes(0)) throw invalidTarHeader(offset);
  return value.length === 0 ? undefined : decodeName(value);
}

function integerOf(value: Buffer, offset: number): number | undefined {
  if (value.length === 0) return undefined;
  const text = value.toString("latin1");
  const number = Number(text);
  if (!INTEGER.test(text) || !Number.isSafeInteger(number)) throw invalidTarHeader(offset);
  return number;
}

function timeOf(value: Buffer, offset: number): TarTime | undefined {
  if (value.length === 0) return undefined;
  const time = parsePaxTime(value.toString("latin1"));
  if (time === undefined) throw invalidTarHeader(offset);
  return time;
}

function setOrDelete<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}
