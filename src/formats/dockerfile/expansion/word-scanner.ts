import { invalidArgument } from "#errors";
import type { Escape } from "../syntax/source.ts";
import type { WorkBudget } from "../values/work-budget.ts";
import { isSpace } from "../values/whitespace.ts";
import { substitute } from "./substitution.ts";
import { WordCollector } from "./word-collector.ts";

/** Values by name; undefined for a name that is not set, which is not the same as empty. */
export interface Variables {
  get(name: string): string | undefined;
}

export interface ScanOptions {
  readonly escape: Escape;
  readonly budget: WorkBudget;
  /** Quotes, escapes and variables that are not set stay as they are: the text is looked at, not expanded. */
  readonly isRaw?: boolean;
  /** Variables that are not set stay as they are. */
  readonly keepsUnset?: boolean;
  /** Quotes are ordinary characters, as in the body of a heredoc. */
  readonly hasLiteralQuotes?: boolean;
}

export interface Scanned {
  readonly text: string;
  readonly words: readonly string[];
}

/** Nobody nests deeper by hand, and every level is a call. */
const MAX_DEPTH = 64;

/** One pass over a word or a line: quotes, escapes, `$name` and `${…}`, recursing into the braces. */
export class WordScanner {
  readonly variables: Variables;
  readonly budget: WorkBudget;
  readonly keepsUnset: boolean;
  readonly #isRaw: boolean;
  readonly #text: string;
  readonly #escape: Escape;
  readonly #hasLiteralQuotes: boolean;
  #position = 0;
  #depth = 0;

  constructor(text: string, variables: Variables, options: ScanOptions) {
    this.#text = text;
    this.variables = variables;
    this.budget = options.budget;
    this.#isRaw = options.isRaw ?? false;
    this.keepsUnset = this.#isRaw || (options.keepsUnset ?? false);
    this.#escape = options.escape;
    this.#hasLiteralQuotes = options.hasLiteralQuotes ?? false;
    this.budget.spend(text.length);
  }

  scan(): Scanned {
    return this.#scanUntil("", this.#isRaw);
  }

  /** The text up to `stop`, which is consumed. `keepsEscapes` where a pattern reads them itself. */
  until(stop: string, keepsEscapes: boolean): string {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw invalidArgument(`more than ${MAX_DEPTH} nested substitutions`);
    const { text } = this.#scanUntil(stop, keepsEscapes || this.#isRaw);
    this.#depth -= 1;
    return text;
  }

  /** The character ahead, whole even outside the basic plane; empty at the end. */
  peek(): string {
    const code = this.#text.codePointAt(this.#position);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  next(): string {
    const char = this.peek();
    this.#position += char.length;
    return char;
  }

  #scanUntil(stop: string, keepsEscapes: boolean): Scanned {
    const words = new WordCollector();
    let text = "";
    const add = (piece: string, isQuoted: boolean): void => {
      text += piece;
      if (isQuoted) words.addQuoted(piece);
      else words.addUnquoted(piece);
    };
    for (;;) {
      add(this.#plain(stop), false);
      const char = this.next();
      if (char === stop) return { text, words: words.finish() };
      if (char === "") throw unexpectedEnd(stop);
      if (char === "$") add(this.#spend(substitute(this)), false);
      else if (char === this.#escape) add((keepsEscapes ? char : "") + this.next(), true);
      else if (char === "<") add(this.#redirection(), true);
      else add(char === "'" ? this.#singleQuoted() : this.#doubleQuoted(keepsEscapes), true);
    }
  }

  /** Everything up to the next character that means something. */
  #plain(stop: string): string {
    const start = this.#position;
    while (this.#position < this.#text.length) {
      const char = this.#text.charAt(this.#position);
      if (char === "$" || char === this.#escape || char === stop) break;
      if ((char === "'" || char === '"') && !this.#hasLiteralQuotes) break;
      if (char === "<" && this.#isRaw) break;
      this.#position += 1;
    }
    return this.#text.slice(start, this.#position);
  }

  /** White space after `<<` does not end the word: `<< EOF` opens a heredoc as well as `<<EOF`. */
  #redirection(): string {
    const start = this.#position - 1;
    if (this.peek() === "<") {
      this.next();
      while (this.peek() !== "" && isSpace(this.peek())) this.next();
    }
    return this.#text.slice(start, this.#position);
  }

  #singleQuoted(): string {
    const start = this.#position;
    const end = this.#text.indexOf("'", start);
    this.#position = end === -1 ? this.#text.length : end + 1;
    if (end === -1) throw unexpectedEnd("single-quote");
    const text = this.#text.slice(start, end);
    return this.#isRaw ? `'${text}'` : text;
  }

  #doubleQuoted(keepsEscapes: boolean): string {
    let text = "";
    for (;;) {
      const char = this.next();
      if (char === "") throw unexpectedEnd("double-quote");
      if (char === '"') return this.#isRaw ? `"${text}"` : text;
      if (char === "$") text += this.#spend(substitute(this));
      else if (char === this.#escape) text += this.#escapedInQuotes(keepsEscapes);
      else text += char;
    }
  }

  #escapedInQuotes(keepsEscapes: boolean): string {
    const char = this.peek();
    if (char !== '"' && char !== "$" && char !== this.#escape) return this.#escape + (keepsEscapes ? this.#escape : "");
    return (keepsEscapes ? this.#escape : "") + this.next();
  }

  #spend(value: string): string {
    this.budget.spend(value.length);
    return value;
  }
}

function unexpectedEnd(wanted: string): Error {
  return invalidArgument(`unexpected end of statement while looking for matching ${wanted}`);
}
