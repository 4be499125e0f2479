import type { LogLine } from "#container-logs";
import { encodeFrame } from "#wire";

export interface LogFormat {
  readonly isTerminal: boolean;
  readonly timestamps: boolean;
  /** What the log's options add to each line. */
  readonly details: boolean;
}

/** One frame a line, unless it was said to a terminal. */
export function encodeLogLines(lines: readonly LogLine[], format: LogFormat): Uint8Array {
  const texts = lines.map((line) => decorate(line, format));
  if (format.isTerminal) return Buffer.from(texts.join(""));
  return Buffer.concat(texts.map((text, index) => encodeFrame({ stream: lines[index]?.stream ?? "stdout", bytes: Buffer.from(text) })));
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
