import { invalidArgument, isEngineError } from "#errors";
import { parseDuration } from "./go-duration.ts";
import { parseTime } from "./go-time.ts";

const NANOSECONDS = 1_000_000_000n;
const INT64_MAX = (1n << 63n) - 1n;
const INTEGER = /^[+-]?[0-9]+$/;
/** In milliseconds either way of the epoch (ECMAScript, "Time Values and Time Range"). */
const MAX_DATE = 8.64e15;
/** Any moment worth naming is shorter; beyond it nothing needs to be read. */
const MAX_LENGTH = 128;

/**
 * A moment as filters name it: a duration back from `now`, an RFC 3339 date and time of which the end may be missing, or
 * Unix seconds with up to nine decimals. Nanoseconds since the epoch.
 *
 * @param offsetMinutes the zone, east of UTC, of texts that name none; the machine's own unless given.
 * @throws invalid-argument in Docker's words.
 */
export function parseMoment(text: string, now: Date, offsetMinutes = -now.getTimezoneOffset()): bigint {
  if (text.length > MAX_LENGTH) throw notAMoment(text);
  const duration = text === "0" ? undefined : attempt(() => parseDuration(text));
  // Docker drops the fraction of a second here, and here alone.
  if (duration !== undefined) return floor(BigInt(now.getTime()) * 1_000_000n - duration);
  if (text.includes("-")) return parseTime(text, layoutOf(text), offsetMinutes);
  const time = attempt(() => parseTime(text, layoutOf(text), offsetMinutes)) ?? attempt(() => parseUnixTime(text));
  if (time === undefined) throw notAMoment(text);
  return time;
}

/**
 * `since` and `until` of events and logs: Unix seconds with up to nine decimals, nothing else.
 *
 * @throws invalid-argument in Docker's words.
 */
export function parseUnixTime(text: string): bigint {
  const point = text.indexOf(".");
  const seconds = parseInteger(point === -1 ? text : text.slice(0, point), "seconds", text);
  const decimals = point === -1 ? "0" : text.slice(point + 1);
  const fraction = parseInteger(decimals, "nanoseconds", text);
  // As many digits as there are set the scale, so that `1.5` is half a second; beyond nine they are dropped.
  const scaled = decimals.length <= 9 ? fraction * 10n ** BigInt(9 - decimals.length) : fraction / 10n ** BigInt(decimals.length - 9);
  return seconds * NANOSECONDS + scaled;
}

/** To the millisecond below; a moment that no `Date` can hold becomes the first or the last that one can. */
export function toDate(nanoseconds: bigint): Date {
  const milliseconds = Number(nanoseconds / 1_000_000n) - (nanoseconds % 1_000_000n < 0n ? 1 : 0);
  return new Date(Math.min(Math.max(milliseconds, -MAX_DATE), MAX_DATE));
}

/** The layout is chosen by what the text contains, before any of it is read. */
function layoutOf(text: string): string {
  const hasZone = /[zZ+]/.test(text) || text.split("-").length === 4;
  const zone = hasZone ? "Z07:00" : "";
  if (text.includes(".")) return `2006-01-02T15:04:05.999999999${zone}`;
  if (!text.includes("T")) return `2006-01-02${zone}`;
  const colons = text.split(":").length - 1;
  // A numeric zone has a colon of its own.
  const timeColons = hasZone && !/[zZ]/.test(text) ? colons - 1 : colons;
  if (timeColons <= 0) return `2006-01-02T15${zone}`;
  return timeColons === 1 ? `2006-01-02T15:04${zone}` : `2006-01-02T15:04:05${zone}`;
}

function parseInteger(text: string, what: string, whole: string): bigint {
  const reason = INTEGER.test(text) ? "value out of range" : "invalid syntax";
  const value = INTEGER.test(text) && text.length <= MAX_LENGTH ? BigInt(text.replace(/^\+/, "")) : undefined;
  if (value === undefined || value > INT64_MAX || value < -INT64_MAX - 1n) {
    throw invalidArgument(`invalid timestamp ${JSON.stringify(whole)}: invalid ${what} ${JSON.stringify(text)}: ${reason}`);
  }
  return value;
}

function attempt(parse: () => bigint): bigint | undefined {
  try {
    return parse();
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return undefined;
    throw error;
  }
}

function floor(nanoseconds: bigint): bigint {
  return nanoseconds - (((nanoseconds % NANOSECONDS) + NANOSECONDS) % NANOSECONDS);
}

function notAMoment(text: string): Error {
  return invalidArgument(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
}
