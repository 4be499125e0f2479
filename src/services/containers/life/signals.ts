import { invalidArgument } from "#errors";

const NAMES =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM " +
  "PROF WINCH IO PWR SYS";

const RTMIN = 34;
const RTMAX = 64;

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...NAMES.split(" ").map((name, index): [string, number] => [name, index + 1]),
  ["IOT", 6],
  ["POLL", 29],
  ["UNUSED", 31],
  ["CLD", 17],
  ...Array.from({ length: RTMAX - RTMIN + 1 }, (_, n): [string, number] => [n === 0 ? "RTMIN" : `RTMIN+${n}`, RTMIN + n]),
  ...Array.from({ length: 15 }, (_, n): [string, number] => [n === 0 ? "RTMAX" : `RTMAX-${n}`, RTMAX - n]),
]);

const KNOWN: ReadonlySet<number> = new Set(NUMBERS.values());

export const SIGKILL = 9;
export const SIGTERM = 15;

/** The number of a signal by name, with or without SIG and in any case, or by number. @throws invalid-argument in Docker's words. */
export function parseSignal(text: string): number {
  if (/^[+-]?[0-9]+$/.test(text)) {
    const number = Number(text);
    if (number === 0 || Math.abs(number) >= 2 ** 63) throw invalidArgument(`invalid signal: ${text}`);
    return number;
  }
  const number = NUMBERS.get(text.toUpperCase().replace(/^SIG/, ""));
  if (number === undefined) throw invalidArgument(`invalid signal: ${text}`);
  return number;
}

/** Whether there is a signal of that number on Linux. */
export function isKnownSignal(number: number): boolean {
  return KNOWN.has(number);
}

/** What the container's own config asks to be stopped with; what is no signal there counts as none. */
export function stopSignalOf(text: string | undefined): number {
  if (text === undefined || text === "") return SIGTERM;
  try {
    return parseSignal(text);
  } catch {
    return SIGTERM;
  }
}
