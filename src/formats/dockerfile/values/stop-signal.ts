import { invalidArgument } from "#errors";

const NAMES = (
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP " +
  "TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
).split(" ");

const REALTIME = [
  ...Array.from({ length: 15 }, (_, index) => `RTMIN+${index + 1}`),
  ...Array.from({ length: 14 }, (_, index) => `RTMAX-${index + 1}`),
];

const SIGNALS: ReadonlySet<string> = new Set([...NAMES, ...REALTIME]);

/** A Linux signal by name, with or without `SIG`, or any number but 0: Docker does not look for the highest one. */
export function checkStopSignal(signal: string): void {
  const isNumber = /^[+-]?[0-9]{1,18}$/.test(signal);
  const isKnown = isNumber ? Number(signal) !== 0 : SIGNALS.has(signal.toUpperCase().replace(/^SIG/, ""));
  if (!isKnown) throw invalidArgument(`invalid signal: ${signal}`);
}
