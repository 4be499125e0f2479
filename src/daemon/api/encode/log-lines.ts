import type { LogLine } from "#container-logs";
import { encodeTextFrames } from "#wire";

export interface LogFormat {
  readonly isTerminal: boolean;
  readonly timestamps: boolean;
  /** What the log's options add to each line. */
  readonly details: boolean;
}

/** One frame a line, unless it was said to a terminal. */
export function encodeLogLines(lines: readonly LogLine[], format: LogFormat): Uint8Array {
  if (format.isTerminal) return Buffer.from(lines.map((line) => decorate(line, format)).join(""));
  return encodeTextFrames(lines.map((line) => ({ stream: line.stream, text: decorate(line, format) })));
}

function decorate({ text, time, attributes = {} }: LogLine, { timestamps, details }: LogFormat): string {
  return `${timestamps ? `${time} ` : ""}${details ? `${describe(attributes)} ` : ""}${text}`;
}

/** As in a query, but with commas. */
function describe(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => new URLSearchParams({ [name]: value }).toString())
    .join(",");
}
