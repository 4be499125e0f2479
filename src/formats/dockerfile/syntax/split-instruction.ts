import { cutAtBlanks, isSpace, trim } from "../values/whitespace.ts";
import type { Escape } from "./source.ts";

export interface SplitInstruction {
  /** The instruction's own word, in the case it was written in. */
  readonly word: string;
  /** `--name` or `--name=value`, in order, quotes and escapes removed. */
  readonly flags: readonly string[];
  readonly rest: string;
}

export function splitInstruction(line: string, escape: Escape): SplitInstruction {
  const [word, rest = ""] = cutAtBlanks(trim(line));
  const flags: string[] = [];
  let position = 0;
  for (;;) {
    while (position < rest.length && isSpace(rest.charAt(position))) position += 1;
    if (!rest.startsWith("--", position)) break;
    const flag = readFlag(rest, position, escape);
    position = flag.end;
    if (flag.text === "--") break;
    flags.push(flag.text);
  }
  return { word, flags, rest: trim(rest.slice(position)) };
}

/** Unlike words of arguments, a flag's escape also works inside single quotes. */
function readFlag(text: string, start: number, escape: Escape): { readonly text: string; readonly end: number } {
  let flag = "";
  let quote = "";
  let position = start;
  for (; position < text.length; position += 1) {
    const char = text.charAt(position);
    if (char === escape) {
      position += 1;
      flag += text.charAt(position);
    } else if (quote === "" ? char === "'" || char === '"' : char === quote) {
      quote = quote === "" ? char : "";
    } else if (quote === "" && isSpace(char)) {
      break;
    } else {
      flag += char;
    }
  }
  return { text: flag, end: Math.min(position, text.length) };
}
