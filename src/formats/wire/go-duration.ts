import { invalidArgument } from "#errors";
import { quoteAscii } from "./go-quote.ts";

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const SECOND = 1_000_000_000n;
/** Durations are signed 64 bit integers; the lowest has one more than the highest. */
const LIMIT = 1n << 63n;
const TERM = /([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/y;
/** Digits that fit a duration. Before the point more are refused, behind it the rest is dropped. */
const MAX_DIGITS = 19;

/**
 * Reads a duration as Go's `time.ParseDuration`, into nanoseconds: `1h30m`, `-1.5s`, `0`.
 *
 * @throws invalid-argument in Go's words.
 */
export function parseDuration(text: string): bigint {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const rest = text.slice(sign.length);
  if (rest === "0") return 0n;
  if (rest === "") throw invalidDuration(text);
  let total = 0n;
  TERM.lastIndex = 0;
  for (let at = 0; at < rest.length; at = TERM.lastIndex) {
    const match = TERM.exec(rest);
    if (match === null) throw invalidDuration(text);
    total += toNanoseconds(match, text);
    if (total > LIMIT) throw invalidDuration(text);
  }
  if (sign === "-") return -total;
  if (total === LIMIT) throw invalidDuration(text);
  return total;
}

/** Writes nanoseconds as Go's `Duration.String`: `1h30m0s`, `1.5s`, `2µs`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? "-" : "";
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < SECOND) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / (60n * SECOND);
  const seconds = `${decimal(size % (60n * SECOND), 9)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function toNanoseconds([, whole = "", fraction, unit = ""]: RegExpExecArray, text: string): bigint {
  if (whole === "" && (fraction === undefined || fraction === "")) throw invalidDuration(text);
  if (whole.replace(/^0+/, "").length > MAX_DIGITS) throw invalidDuration(text);
  if (unit === "") throw invalidArgument(`time: missing unit in duration ${quoteAscii(text)}`);
  const factor = UNITS.get(unit);
  if (factor === undefined) throw invalidArgument(`time: unknown unit ${quoteAscii(unit)} in duration ${quoteAscii(text)}`);
  const value = BigInt(whole) * factor + fractionOf(fraction ?? "", factor);
  if (value > LIMIT) throw invalidDuration(text);
  return value;
}

/** In floating point, as in Go: a third of an hour, written with enough digits, is twenty minutes to the nanosecond. */
function fractionOf(digits: string, factor: bigint): bigint {
  const fitting = digits.slice(0, BigInt(digits.slice(0, MAX_DIGITS) || "0") <= LIMIT ? MAX_DIGITS : MAX_DIGITS - 1);
  return BigInt(Math.trunc(Number(fitting) * (Number(factor) / 10 ** fitting.length)));
}

function decimal(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = String(value % scale)
    .padStart(places, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(value / scale) : `${value / scale}.${fraction}`;
}

function invalidDuration(text: string): Error {
  return invalidArgument(`time: invalid duration ${quoteAscii(text)}`);
}
