import { isEngineError } from "#errors";
import { WordScanner } from "../expansion/word-scanner.ts";
import type { WorkBudget } from "../values/work-budget.ts";

/** `[fd]<<[-]WORD` before its body is read. */
export interface HeredocWord {
  readonly name: string;
  /** An unquoted delimiter: variables in the body are replaced. */
  readonly expands: boolean;
  /** `<<-`: leading tabs are not part of the lines. */
  readonly stripsTabs: boolean;
  readonly fileDescriptor: number;
}

export interface Heredoc extends HeredocWord {
  /** Every line with its ending, as written, leading tabs included. */
  readonly body: string;
}

const HEREDOC = /^([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)$/;
const NOTHING_SET = new Map<string, string>();

/** The heredocs that a logical line opens, in the order their bodies follow. A line that no shell could split opens none. */
export function findHeredocs(line: string, budget: WorkBudget): HeredocWord[] {
  if (!line.includes("<<")) return [];
  return splitRaw(line, budget).flatMap((word) => parseHeredocWord(word, budget) ?? []);
}

export function parseHeredocWord(word: string, budget: WorkBudget): HeredocWord | undefined {
  const [, descriptor = "", dash, rest = ""] = HEREDOC.exec(word) ?? [];
  if (rest === "") return undefined;
  const [name, ...more] = splitDelimiter(rest, budget);
  if (name === undefined || more.length > 0) return undefined;
  return { name, expands: !/['"]/.test(rest), stripsTabs: dash === "-", fileDescriptor: Number(descriptor.slice(0, 9)) };
}

/** The body of a `<<-` heredoc as the file that it becomes. */
export function stripTabs(body: string): string {
  return body.replaceAll(/^\t+/gm, "");
}

function splitRaw(line: string, budget: WorkBudget): readonly string[] {
  try {
    return new WordScanner(line, NOTHING_SET, { escape: "\\", budget, isRaw: true }).scan().words;
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return [];
    throw error;
  }
}

/** Quotes and escapes go, variables stay: nothing is set where a delimiter is read. */
function splitDelimiter(rest: string, budget: WorkBudget): readonly string[] {
  return new WordScanner(rest, NOTHING_SET, { escape: "\\", budget, keepsUnset: true }).scan().words;
}
