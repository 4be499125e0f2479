/** What Go's `unicode.IsSpace` holds for white space: U+0085 is in, U+FEFF is not, unlike `\s`. */
const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

/** Between the words of an instruction that are not quoted. Narrower than `isSpace`: a newline never gets this far. */
const BLANKS = /[\t\v\f\r ]+/g;

export function isSpace(char: string): boolean {
  return char === " " || char === "\t" || SPACE.test(char);
}

export function trimStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charAt(start))) start += 1;
  return text.slice(start);
}

export function trim(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end -= 1;
  return trimStart(text.slice(0, end));
}

/** All words; leading or trailing blanks would give empty ones. */
export function splitBlanks(text: string): string[] {
  return text.split(BLANKS);
}

/** The first word, and what follows the blanks after it: undefined without blanks. */
export function cutAtBlanks(text: string): [first: string, rest: string | undefined] {
  BLANKS.lastIndex = 0;
  const match = BLANKS.exec(text);
  return match === null ? [text, undefined] : [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}
