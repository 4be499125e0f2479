import { invalidArgument } from "#errors";

/** Far longer than any name or path it is held against; bounds the work of one match. */
const MAX_PATTERN_LENGTH = 4096;
const SLASH = 0x2f;

/** What one code point of the text may be: itself, anything but a slash, or of a class (which may be a slash). */
export type GlobCharacter = number | "?" | { readonly isNegated: boolean; readonly ranges: readonly Range[] };
/** A star stands for any run without a slash. */
export type GlobToken = GlobCharacter | "*";
type Range = readonly [low: number, high: number];

/**
 * The grammar of Go's `path.Match`: `*`, `?`, `[a-z]` and `[^a-z]`, `\` before what means itself.
 *
 * @throws invalid-argument `syntax error in pattern`, wherever in the pattern the error is.
 */
export function parseGlob(pattern: string): readonly GlobToken[] {
  if (pattern.length > MAX_PATTERN_LENGTH) throw badPattern();
  const input = new PatternReader(pattern);
  const tokens: GlobToken[] = [];
  for (let next = input.read(); next !== undefined; next = input.read()) tokens.push(parseToken(next, input));
  return tokens;
}

export function acceptsCharacter(token: GlobCharacter, character: number): boolean {
  if (typeof token === "number") return token === character;
  if (token === "?") return character !== SLASH;
  return token.ranges.some(([low, high]) => low <= character && character <= high) !== token.isNegated;
}

function parseToken(character: string, input: PatternReader): GlobToken {
  if (character === "?" || character === "*") return character;
  if (character === "[") return parseClass(input);
  return codePoint(character === "\\" ? input.expect() : character);
}

function parseClass(input: PatternReader): GlobCharacter {
  const isNegated = input.skip("^");
  const ranges: Range[] = [];
  while (ranges.length === 0 || !input.skip("]")) {
    const low = parseClassMember(input);
    ranges.push([low, input.skip("-") ? parseClassMember(input) : low]);
  }
  return { isNegated, ranges };
}

function parseClassMember(input: PatternReader): number {
  const character = input.expect();
  if (character === "-" || character === "]") throw badPattern();
  return codePoint(character === "\\" ? input.expect() : character);
}

class PatternReader {
  readonly #characters: readonly string[];
  #position = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  read(): string | undefined {
    return this.#characters[this.#position++];
  }

  expect(): string {
    const character = this.read();
    if (character === undefined) throw badPattern();
    return character;
  }

  skip(character: string): boolean {
    if (this.#characters[this.#position] !== character) return false;
    this.#position++;
    return true;
  }
}

/** By index: the iterator of strings costs ten times as much, and lists hold every name against a pattern. */
export function codePoints(text: string): number[] {
  const points: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) ?? 0;
    points.push(point);
    if (point > 0xffff) at++;
  }
  return points;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function badPattern(): Error {
  return invalidArgument("syntax error in pattern");
}
