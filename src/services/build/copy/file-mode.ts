import { invalidArgument } from "#errors";

/** What `--chmod` makes of a mode. */
export type ChangeMode = (mode: number, isDirectory: boolean) => number;

const SYMBOLIC = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;
/** What each may set. Only `=` with letters of its own takes setuid and setgid away, and nothing but `-t` the sticky bit. */
const WHO = { u: 0o5700, g: 0o3070, o: 0o0007, a: 0o7777 } as const;
const BITS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/**
 * Reads the value of `--chmod`: octal, or symbolic as of chmod(1).
 *
 * @throws invalid-argument in BuildKit's words.
 */
export function parseChmod(text: string): ChangeMode {
  if (/^[0-9]/.test(text)) {
    const mode = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
    if (!(mode <= 0o7777)) throw invalidArgument(`invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`);
    return () => mode;
  }
  const clauses = text.split(",").map(parseClause);
  return (mode, isDirectory) => clauses.reduce((value, change) => change(value, isDirectory), mode);
}

/** Mode of the directories that have to be made for what is copied: numbers count without setuid and the like, letters not at all. */
export function newDirectoryMode(chmod: string | undefined): number {
  return chmod !== undefined && /^[0-7]+$/.test(chmod) ? Number.parseInt(chmod, 8) & 0o777 : 0o755;
}

function parseClause(clause: string): ChangeMode {
  const [, who = "", actions = ""] = SYMBOLIC.exec(clause) ?? [];
  if (actions === "") throw invalidArgument("invalid syntax");
  const mask = who === "" ? WHO.a : Array.from(who).reduce((bits, letter) => bits | WHO[letter as keyof typeof WHO], 0);
  const steps = actions.match(/[-+=][^-+=]*/g) ?? [];
  return (mode, isDirectory) => steps.reduce((value, step) => applyStep(value, step, mask, isDirectory), mode);
}

function applyStep(mode: number, step: string, mask: number, isDirectory: boolean): number {
  const bits = Array.from(step.slice(1)).reduce((sum, letter) => sum | bitsOf(letter, mode, isDirectory), 0) & mask;
  switch (step[0]) {
    case "+":
      return mode | bits;
    case "-":
      return mode & ~bits;
    default:
      return (mode & ~(mask & (/[ugo]/.test(step) ? 0o777 : 0o6777))) | bits;
  }
}

/** `X` is `x` where somebody has it already, or for a directory; `u`, `g` and `o` copy what those have. */
function bitsOf(letter: string, mode: number, isDirectory: boolean): number {
  const class_ = "ogu".indexOf(letter);
  if (class_ !== -1) {
    const bits = (mode >> (class_ * 3)) & 0o7;
    return bits | (bits << 3) | (bits << 6);
  }
  if (letter === "X") return isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0;
  return BITS[letter] ?? 0;
}
