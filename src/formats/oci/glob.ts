import { invalidArgument } from "#errors";

/** Far longer than any name or path it is held against; bounds the work of one match. */
const MAX_PATTERN_LENGTH = 4096;
const SLASH = 0x2f;

/** What one code point of the text may be: itself, anything but a slash, or of a class (which may be a slash). */
type Token = number | "?" | { readonly isNegated: boolean; readonly ranges: readonly Range[] };
type Range = readonly [low: number, high: number];
/** What stands between stars: a run of tokens, and whether a star comes before it. */
type Chunk = { readonly isAfterStar: boolean; readonly tokens: readonly Token[] };

/**
 * A matcher with the semantics of Go's `path.Match`: `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are classes,
 * `\` escapes. The whole text must match. Takes time proportional to pattern times text at worst.
 *
 * @throws invalid-argument `syntax error in pattern`, wherever in the pattern the error is.
 */
export function createGlob(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN_LENGTH) throw badPattern();
  const chunks = parseChunks(pattern);
  return (text) => matches(chunks, codePoints(text));
}

function parseChunks(pattern: string): Chunk[] {
  const input = new PatternReader(pattern);
  const chunks: Chunk[] = [];
  let tokens: Token[] = [];
  let isAfterStar = false;
  for (let next = input.read(); next !== undefined; next = input.read()) {
    if (next !== "*") {
      tokens.push(parseToken(next, input));
      continue;
    }
    if (isAfterStar || tokens.length > 0) chunks.push({ isAfterStar, tokens });
    tokens = [];
    isAfterStar = true;
  }
  chunks.push({ isAfterStar, tokens });
  return chunks;
}

function parseToken(character: string, input: PatternReader): Token {
  if (character === "?") return character;
  if (character === "[") return parseClass(input);
  return codePoint(character === "\\" ? input.expect() : character);
}

function parseClass(input: PatternReader): Token {
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

/** Each chunk takes the first place where it fits and never gives it back: a later one could only leave less to the rest. */
function matches(chunks: readonly Chunk[], text: readonly number[]): boolean {
  let position = 0;
  for (const [index, { isAfterStar, tokens }] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    const found = findChunk(text, position, tokens, { isAfterStar, isLast });
    if (found === undefined) return false;
    position = found + tokens.length;
  }
  return position === text.length;
}

function findChunk(
  text: readonly number[],
  start: number,
  tokens: readonly Token[],
  { isAfterStar, isLast }: { isAfterStar: boolean; isLast: boolean },
): number | undefined {
  for (let at = start; at + tokens.length <= text.length; at++) {
    const isPlace = !isLast || at + tokens.length === text.length;
    if (isPlace && fits(text, at, tokens)) return at;
    if (!isAfterStar || text[at] === SLASH) return undefined;
  }
  return undefined;
}

function fits(text: readonly number[], at: number, tokens: readonly Token[]): boolean {
  return tokens.every((token, offset) => accepts(token, text[at + offset] ?? SLASH));
}

function accepts(token: Token, character: number): boolean {
  if (typeof token === "number") return token === character;
  if (token === "?") return character !== SLASH;
  return token.ranges.some(([low, high]) => low <= character && character <= high) !== token.isNegated;
}

/** By index: the iterator of strings costs ten times as much, and lists hold every name against a pattern. */
function codePoints(text: string): number[] {
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
