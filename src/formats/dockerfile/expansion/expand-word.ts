import { EngineError, invalidArgument } from "#errors";
import type { Escape } from "../syntax/source.ts";
import { quoteLikeGo } from "../values/go-text.ts";
import type { WorkBudget } from "../values/work-budget.ts";
import { WordScanner } from "./word-scanner.ts";
import type { ScanOptions, Scanned, Variables } from "./word-scanner.ts";

export interface ExpandOptions {
  /** The file's own: `\` unless its directive says otherwise. In the body of a heredoc always `\`. */
  readonly escape: Escape;
  /** One budget for all words of a text, so that values cannot grow without end from line to line. */
  readonly budget: WorkBudget;
}

/** `word` with variables replaced and quotes and escapes removed: always one word, whatever the values hold. */
export function expandWord(word: string, variables: Variables, options: ExpandOptions): string {
  return scan(word, variables, options).text;
}

/** EXPOSE only: white space in the value of a variable parts words, quoted white space does not. */
export function expandToWords(word: string, variables: Variables, options: ExpandOptions): readonly string[] {
  return scan(word, variables, options).words;
}

/** The body of a heredoc with an unquoted delimiter: quotes are text, `$` and `\` work. */
export function expandHeredoc(body: string, variables: Variables, budget: WorkBudget): string {
  return scan(body, variables, { escape: "\\", budget, hasLiteralQuotes: true }).text;
}

function scan(word: string, variables: Variables, options: ScanOptions): Scanned {
  try {
    return new WordScanner(word, variables, options).scan();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw invalidArgument(`failed to process ${quoteLikeGo(word)}: ${error.message}`, { cause: error });
  }
}
