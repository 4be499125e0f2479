export type LogStream = "stdout" | "stderr";

/** One line of output, or 16 KiB of a longer one. */
export interface LogLine {
  readonly stream: LogStream;
  /** RFC 3339 in UTC with nine decimals, so that texts compare as moments do. */
  readonly time: string;
  /** With its line end, if it has one. What was no UTF-8 is not what it was: the file is JSON. */
  readonly text: string;
  /** What the log's options add to every line. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/**
 * No line of ours is longer: 16 KiB of text take up to six times that when escaped, and attributes are bounded by what a
 * create request may be. Something longer is damage.
 */
export const MAX_ENCODED_LINE = 8 * 1024 * 1024;

const NANOSECONDS = 1_000_000_000n;

/** As Docker's driver writes it; ended by a newline. */
export function encodeLine({ stream, time, text, attributes }: LogLine): string {
  const attrs = attributes === undefined ? "" : `,"attrs":${JSON.stringify(attributes)}`;
  return `{"log":${JSON.stringify(text)},"stream":"${stream}"${attrs},"time":"${time}"}\n`;
}

/** `undefined` for what is damaged: half a line of an engine that was killed, or nulls of a disk that lost power. */
export function decodeLine(bytes: Buffer): LogLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof line !== "object" || line === null) return undefined;
  const { log, stream, time, attrs } = line as Readonly<Record<string, unknown>>;
  if (typeof log !== "string" || typeof time !== "string" || (stream !== "stdout" && stream !== "stderr")) return undefined;
  return { stream, time, text: log, ...(isAttributes(attrs) && { attributes: attrs }) };
}

function isAttributes(attrs: unknown): attrs is Readonly<Record<string, string>> {
  return typeof attrs === "object" && attrs !== null && Object.values(attrs).every((value) => typeof value === "string");
}

/** A moment in nanoseconds since the epoch, as the lines have it. */
export function formatLineTime(nanoseconds: bigint): string {
  const fraction = ((nanoseconds % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  const seconds = Number((nanoseconds - fraction) / NANOSECONDS);
  return `${dateOf(seconds * 1000)
    .toISOString()
    .slice(0, 19)}.${String(fraction).padStart(9, "0")}Z`;
}

/** Years of four digits, as the text has room for. */
function dateOf(milliseconds: number): Date {
  const [first, last] = [Date.UTC(1, 0), Date.UTC(9999, 11, 31, 23, 59, 59)];
  return new Date(Math.min(Math.max(milliseconds, first - 31_536_000_000), last));
}
