import { invalidArgument } from "#errors";
import { quoteAscii } from "./go-quote.ts";

/** Go's reference time, from which its layouts are put together. */
const LAYOUT_ELEMENTS = /2006|01|02|15|04|05|\.999999999|Z07:00|./gs;

interface TimeFields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  offsetMinutes: number;
}

/** What could not be read, in Go's two ways of saying it: an element that does not fit, or a number out of range. */
type Failure = { readonly element: string; readonly rest: string } | { readonly range: string };
/** Takes one element off the front of the text and returns the rest. */
type Reader = (text: string, fields: TimeFields) => string | Failure;

/**
 * Reads a moment by a layout of Go's `time.Parse`, into nanoseconds since the epoch. Of its elements only those of
 * RFC 3339 are known: `2006 01 02 15 04 05 .999999999 Z07:00`.
 *
 * @param offsetMinutes the zone, east of UTC, of texts whose layout has none.
 * @throws invalid-argument in Go's words.
 */
export function parseTime(text: string, layout: string, offsetMinutes: number): bigint {
  const fields: TimeFields = { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, nanosecond: 0, offsetMinutes };
  const failed = (reason: string): Error => invalidArgument(`parsing time ${quoteAscii(text)}${reason}`);
  let rest = text;
  for (const element of layout.match(LAYOUT_ELEMENTS) ?? []) {
    const next = (READERS.get(element) ?? literal(element))(rest, fields);
    if (typeof next === "string") {
      rest = next;
      continue;
    }
    if ("range" in next) throw failed(`: ${next.range} out of range`);
    throw failed(` as ${quoteAscii(layout)}: cannot parse ${quoteAscii(next.rest)} as ${quoteAscii(next.element)}`);
  }
  if (rest !== "") throw failed(`: extra text: ${quoteAscii(rest)}`);
  if (fields.day < 1 || fields.day > daysIn(fields)) throw failed(": day out of range");
  return toNanoseconds(fields);
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["2006", number("2006", /^[0-9]{4}/, (fields, value) => void (fields.year = value))],
  ["01", number("01", /^[0-9]{2}/, (fields, value) => void (fields.month = value), { name: "month", low: 1, high: 12 })],
  ["02", number("02", /^[0-9]{2}/, (fields, value) => void (fields.day = value))],
  ["15", number("15", /^[0-9]{1,2}/, (fields, value) => void (fields.hour = value), { name: "hour", low: 0, high: 23 })],
  ["04", number("04", /^[0-9]{2}/, (fields, value) => void (fields.minute = value), { name: "minute", low: 0, high: 59 })],
  ["05", seconds],
  [".999999999", fraction],
  ["Z07:00", zone],
]);

interface Range {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

function number(element: string, form: RegExp, set: (fields: TimeFields, value: number) => void, range?: Range): Reader {
  return (text, fields) => {
    const digits = form.exec(text)?.[0];
    if (digits === undefined) return { element, rest: text };
    const value = Number(digits);
    if (range !== undefined && (value < range.low || value > range.high)) return { range: range.name };
    set(fields, value);
    return text.slice(digits.length);
  };
}

/** Go takes a fraction of a second wherever there are seconds, whether the layout says so or not. */
function seconds(text: string, fields: TimeFields): string | Failure {
  const rest = number("05", /^[0-9]{2}/, (into, value) => void (into.second = value), { name: "second", low: 0, high: 59 })(text, fields);
  return typeof rest === "string" ? fraction(rest, fields) : rest;
}

function fraction(text: string, fields: TimeFields): string {
  const match = /^[.,]([0-9]+)/.exec(text);
  if (match === null) return text;
  fields.nanosecond = Number((match[1] ?? "").slice(0, 9).padEnd(9, "0"));
  return text.slice(match[0].length);
}

function zone(text: string, fields: TimeFields): string | Failure {
  if (text.startsWith("Z")) {
    fields.offsetMinutes = 0;
    return text.slice(1);
  }
  const match = /^([+-])([0-9]{2}):([0-9]{2})/.exec(text);
  if (match === null) return { element: "Z07:00", rest: text };
  const hours = Number(match[2]);
  const minutes = Number(match[3]);
  if (hours > 24) return { range: "time zone offset hour" };
  if (minutes > 60) return { range: "time zone offset minute" };
  fields.offsetMinutes = (match[1] === "-" ? -1 : 1) * (hours * 60 + minutes);
  return text.slice(match[0].length);
}

function literal(element: string): Reader {
  return (text) => (text.startsWith(element) ? text.slice(element.length) : { element, rest: text });
}

function daysIn({ year, month }: TimeFields): number {
  return new Date(utc(year, month + 1, 0)).getUTCDate();
}

function toNanoseconds({ year, month, day, hour, minute, second, nanosecond, offsetMinutes }: TimeFields): bigint {
  const milliseconds = utc(year, month, day) + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000;
  return BigInt(milliseconds) * 1_000_000n + BigInt(nanosecond);
}

/** Midnight; unlike `Date.UTC` it takes the years 0 to 99 for what they are. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
