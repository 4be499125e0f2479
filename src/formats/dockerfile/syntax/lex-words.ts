import { invalidArgument } from "#errors";
import { quoteLikeGo } from "../values/go-text.ts";
import { cutAtBlanks, isSpace } from "../values/whitespace.ts";
import type { Escape } from "./source.ts";

/**
 * Words between white space that is neither quoted nor escaped. Quotes and escapes stay in place: expansion removes
 * them. A word of nothing but an escape at the very end is no word.
 */
export function lexWords(text: string, escape: Escape): string[] {
  const words: string[] = [];
  let position = 0;
  while (position < text.length) {
    if (isSpace(text.charAt(position))) {
      position += 1;
      continue;
    }
    const end = endOfWord(text, position, escape);
    // An escape that protects nothing is dropped here; the one before the last character is part of the word.
    const word = text.slice(position, end.isDangling ? end.position - 1 : end.position);
    if (word !== "") words.push(word);
    position = end.position;
  }
  return words;
}

export interface NameValue {
  readonly name: string;
  /** Quoted and escaped as written. */
  readonly value: string;
}

/** ENV and LABEL: pairs of `name=value`, or the legacy `name the rest of the line`. */
export function parseNameValues(
  text: string,
  keyword: string,
  escape: Escape,
): { readonly pairs: readonly NameValue[]; readonly isLegacy: boolean } {
  const words = lexWords(text, escape);
  const [first] = words;
  if (first === undefined) return { pairs: [], isLegacy: false };
  if (!first.includes("=")) {
    const [name, value] = cutAtBlanks(text);
    if (value === undefined) throw invalidArgument(`${keyword} must have two arguments`);
    return { pairs: [{ name, value }], isLegacy: true };
  }
  return { pairs: words.map(splitPair), isLegacy: false };
}

function splitPair(word: string): NameValue {
  const equals = word.indexOf("=");
  if (equals === -1) {
    throw invalidArgument(`Syntax error - can't find = in ${quoteLikeGo(word)}. Must be of the form: name=value`);
  }
  return { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

function endOfWord(text: string, start: number, escape: Escape): { readonly position: number; readonly isDangling: boolean } {
  let quote = "";
  for (let position = start; position < text.length; position += 1) {
    const char = text.charAt(position);
    if (char === escape && quote !== "'") {
      if (position + 1 === text.length) return { position: text.length, isDangling: true };
      position += 1;
    } else if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"') {
      quote = char;
    } else if (isSpace(char)) {
      return { position, isDangling: false };
    }
  }
  return { position: text.length, isDangling: false };
}
