import type { LogFormat, LogLevel } from "./config/index.ts";

export type LogValue = string | number | boolean | undefined;
export type LogFields = Readonly<Record<string, LogValue>>;

/** One line per call. The message is ours; whatever came from outside belongs into a field. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** From the next line on. */
  setLevel(level: LogLevel): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Gets whole lines, each with its line feed. */
  readonly write: (line: string) => void;
  readonly now?: () => Date;
}

const WEIGHT: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 4 };

/** Text is dockerd's `time=… level=… msg="…" key=value`, JSON one object a line with the same names. */
export function createLogger({ level, format, write, now = () => new Date() }: LoggerOptions): Logger {
  let threshold = WEIGHT[level];
  const formatLine = format === "json" ? formatJson : formatText;
  function log(lineLevel: LogLevel, message: string, fields: LogFields = {}): void {
    if (WEIGHT[lineLevel] < threshold) return;
    write(`${formatLine([["time", now().toISOString()], ["level", lineLevel], ["msg", message], ...Object.entries(fields)])}\n`);
  }
  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
    setLevel: (next) => {
      threshold = WEIGHT[next];
    },
  };
}

type Pairs = readonly (readonly [string, LogValue])[];

function formatText(pairs: Pairs): string {
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${quoteIfNeeded(String(value))}`])).join(" ");
}

function formatJson(pairs: Pairs): string {
  return escapeControls(JSON.stringify(Object.fromEntries(pairs)));
}

function quoteIfNeeded(text: string): string {
  return /^[A-Za-z0-9._:/@+-]+$/.test(text) ? text : escapeControls(JSON.stringify(text));
}

/**
 * What `JSON.stringify` leaves and a terminal or a log viewer would obey: DEL and the C1 controls, line separators,
 * and the marks that turn the direction of text around.
 */
const CONTROLS = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
