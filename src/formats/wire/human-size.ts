const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const DIGITS = 4;

/** Bytes as Docker prints them: decimal units, four significant digits, no trailing zeros: `36.45kB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(roundHalfToEven(value))}${UNITS[unit]}`;
}

/** Go rounds what lies exactly between two to the even one (10.625 to 10.62), JavaScript away from zero. */
function roundHalfToEven(value: number): string {
  const shortest = String(value);
  const digits = shortest.replace(".", "");
  // Four decimals at most stand behind five digits, so only sixteenths can lie exactly between.
  const isTie = digits.length === DIGITS + 1 && digits.endsWith("5") && Number.isInteger(value * 16);
  const isEven = Number(digits[DIGITS - 1]) % 2 === 0;
  return isTie && isEven ? shortest.slice(0, -1) : value.toPrecision(DIGITS);
}
