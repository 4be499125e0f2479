import { invalidArgument } from "#errors";

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["\u00b5s", 1e3],
  ["\u03bcs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);

const TERM = /([0-9]*)(\.[0-9]*)?([^.0-9]*)/y;
const MAX_NANOSECONDS = 2n ** 63n - 1n;
/** Digits beyond are below a nanosecond, whatever the unit. */
const MAX_FRACTION_DIGITS = 18;

/** Nanoseconds of a Go duration such as `1h2m3.5s`; a bare number other than `0` has no unit and is refused. */
export function parseDuration(text: string): number {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const terms = text.slice(sign.length);
  if (terms === "0") return 0;
  if (terms === "") throw invalid(text);
  let total = 0n;
  TERM.lastIndex = 0;
  while (TERM.lastIndex < terms.length) {
    const [, whole = "", fraction = "", unit = ""] = TERM.exec(terms) ?? [];
    if (whole === "" && (fraction === "" || fraction === ".")) throw invalid(text);
    if (unit === "") throw invalidArgument(`time: missing unit in duration ${quote(text)}`);
    const scale = UNITS.get(unit);
    if (scale === undefined) throw invalidArgument(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    const digits = whole.replace(/^0+/, "");
    if (digits.length > 19) throw invalid(text);
    total += BigInt(digits === "" ? 0 : digits) * BigInt(scale) + fractionOf(fraction, scale);
    if (total > MAX_NANOSECONDS) throw invalid(text);
  }
  return sign === "-" ? -Number(total) : Number(total);
}

function fractionOf(fraction: string, scale: number): bigint {
  const digits = fraction.slice(1, 1 + MAX_FRACTION_DIGITS);
  return digits === "" ? 0n : (BigInt(digits) * BigInt(scale)) / 10n ** BigInt(digits.length);
}

function invalid(text: string) {
  return invalidArgument(`time: invalid duration ${quote(text)}`);
}

/** Go's `time` quotes on its own: every byte outside printable ASCII as `\xNN`. */
function quote(text: string): string {
  const bytes = Array.from(Buffer.from(text), (byte) => {
    if (byte < 0x20 || byte >= 0x80) return `\\x${byte.toString(16).padStart(2, "0")}`;
    return byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  });
  return `"${bytes.join("")}"`;
}

const STEPS: readonly (readonly [unit: string, nanoseconds: number])[] = [
  ["ns", 1],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
];

/** Nanoseconds as Go prints them: `1h0m0s`, `1.5s`, `300ms`; zero is `0s`. Exact below 2^53. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 0) return `-${formatDuration(-nanoseconds)}`;
  if (nanoseconds < 1e9) {
    const [unit, size] = STEPS.findLast(([, step]) => nanoseconds >= step) ?? ["ns", 1];
    return `${decimal(nanoseconds, size)}${unit}`;
  }
  const minutes = Math.floor(nanoseconds / 60e9);
  const seconds = decimal(nanoseconds % 60e9, 1e9);
  if (minutes === 0) return `${seconds}s`;
  return minutes < 60 ? `${minutes}m${seconds}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}

function decimal(value: number, scale: number): string {
  const fraction = String(value % scale).padStart(String(scale).length - 1, "0");
  const digits = scale === 1 ? "" : fraction.replace(/0+$/, "");
  return `${Math.floor(value / scale)}${digits === "" ? "" : `.${digits}`}`;
}
