/** What Go prints for a time that was never set. */
export const ZERO_TIME = "0001-01-01T00:00:00Z";

/** As Go's RFC3339Nano prints it: without zeros at the end of the fraction. */
export function formatTime(time: Date): string {
  return tidyTime(time.toISOString());
}

/** A time that somebody else wrote, as Go would print it again; what is no time stays as it is. */
export function tidyTime(text: string): string {
  return text.replace(/(?:(\.\d*?)0*)?(Z|[+-]\d\d:\d\d)$/, (_, fraction: string | undefined, zone: string) => {
    return `${fraction === undefined || fraction === "." ? "" : fraction}${/^[+-]00:00$/.test(zone) ? "Z" : zone}`;
  });
}
