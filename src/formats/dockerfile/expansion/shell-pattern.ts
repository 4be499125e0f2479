import { invalidArgument } from "#errors";
import type { WorkBudget } from "../values/work-budget.ts";

const STAR = Symbol("*");
const ANY = Symbol("?");
type Token = string | typeof STAR | typeof ANY;

/** A pattern of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` and `?` stand for anything but a newline; there are no `[…]`. */
export interface ShellPattern {
  readonly tokens: readonly Token[];
}

/** `\*`, `\?` and `\\` are literal; `\}` and `\/` protect the delimiters; no other escape is known. */
export function parsePattern(text: string): ShellPattern {
  const tokens: Token[] = [];
  const chars = Array.from(text);
  for (let index = 0; index < chars.length; index += 1) {
    const char = chars[index] ?? "";
    if (char === "\\") {
      index += 1;
      tokens.push(escaped(chars[index] ?? "\ufffd", text));
    } else {
      tokens.push(char === "*" ? STAR : char === "?" ? ANY : char);
    }
  }
  return { tokens };
}

export interface Trim {
  readonly from: "start" | "end";
  readonly isLongest: boolean;
}

/** `value` without the part that the pattern matches at one end; unchanged when it matches none. */
export function trimMatch(value: string, pattern: ShellPattern, { from, isLongest }: Trim, budget: WorkBudget): string {
  const chars = Array.from(value);
  if (from === "start") return chars.slice(matchLength(chars, 0, pattern.tokens, isLongest, budget) ?? 0).join("");
  const length = matchLength(chars.toReversed(), 0, pattern.tokens.toReversed(), isLongest, budget) ?? 0;
  return chars.slice(0, chars.length - length).join("");
}

/** `value` with the leftmost longest match, or with all that do not overlap, replaced. */
export function replaceMatches(value: string, pattern: ShellPattern, replacement: string, isAll: boolean, budget: WorkBudget): string {
  const chars = Array.from(value);
  let result = "";
  let position = 0;
  let isDone = false;
  let previousEnd = -1;
  while (position <= chars.length && !isDone) {
    const length = matchLength(chars, position, pattern.tokens, true, budget);
    // An empty match right behind a match does not count, or `//*/q` would give `qq`.
    if (length !== undefined && (length > 0 || position !== previousEnd)) {
      budget.spend(replacement.length);
      result += replacement;
      isDone = !isAll;
      previousEnd = position + length;
    }
    const next = Math.max(previousEnd, position);
    if (next === position && !isDone) {
      result += chars[position] ?? "";
      position += 1;
    } else {
      position = next;
    }
  }
  return result + chars.slice(position).join("");
}

function escaped(char: string, pattern: string): string {
  if ("*?\\}/".includes(char)) return char;
  throw invalidArgument(`invalid pattern (${pattern}) in substitution: invalid escape '\\${char}'`);
}

/**
 * The length of the shortest or longest match that begins at `start`. All ways to match are followed at once, so that
 * no pattern can make the search go back over the value.
 */
function matchLength(
  chars: readonly string[],
  start: number,
  tokens: readonly Token[],
  isLongest: boolean,
  budget: WorkBudget,
): number | undefined {
  let states = skipStars([0], tokens);
  let found: number | undefined;
  for (let position = start; ; position += 1) {
    budget.spend(states.length + 1);
    if (states.at(-1) === tokens.length) {
      found = position - start;
      if (!isLongest) return found;
    }
    const char = chars[position];
    if (char === undefined || states.length === 0) return found;
    states = skipStars(step(states, tokens, char), tokens);
  }
}

/** `states` are positions in the pattern, ascending. */
function step(states: readonly number[], tokens: readonly Token[], char: string): number[] {
  const next: number[] = [];
  for (const state of states) {
    const token = tokens[state];
    if (token === STAR) {
      if (char !== "\n" && next.at(-1) !== state) next.push(state);
    } else if (token === char || (token === ANY && char !== "\n")) {
      next.push(state + 1);
    }
  }
  return next;
}

/** A star also matches nothing: whoever stands before it may stand behind it. */
function skipStars(states: readonly number[], tokens: readonly Token[]): number[] {
  const closed: number[] = [];
  for (const state of states) {
    let position = state;
    if (closed.at(-1) !== position) closed.push(position);
    while (tokens[position] === STAR) {
      position += 1;
      closed.push(position);
    }
  }
  return closed;
}
