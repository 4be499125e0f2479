import { acceptsCharacter, codePoints, parseGlob } from "./glob-tokens.ts";
import type { GlobCharacter } from "./glob-tokens.ts";

const SLASH = 0x2f;

/** What stands between stars: a run of tokens, and whether a star comes before it. */
type Chunk = { readonly isAfterStar: boolean; readonly tokens: readonly GlobCharacter[] };

/**
 * A matcher with the semantics of Go's `path.Match`: `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are classes,
 * `\` escapes. The whole text must match. Takes time proportional to pattern times text at worst.
 *
 * @throws invalid-argument `syntax error in pattern`, wherever in the pattern the error is.
 */
export function createGlob(pattern: string): (text: string) => boolean {
  const chunks = parseChunks(pattern);
  return (text) => matches(chunks, codePoints(text));
}

function parseChunks(pattern: string): Chunk[] {
  const chunks: Chunk[] = [];
  let tokens: GlobCharacter[] = [];
  let isAfterStar = false;
  for (const token of parseGlob(pattern)) {
    if (token !== "*") {
      tokens.push(token);
      continue;
    }
    if (isAfterStar || tokens.length > 0) chunks.push({ isAfterStar, tokens });
    tokens = [];
    isAfterStar = true;
  }
  chunks.push({ isAfterStar, tokens });
  return chunks;
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
  tokens: readonly GlobCharacter[],
  { isAfterStar, isLast }: { isAfterStar: boolean; isLast: boolean },
): number | undefined {
  for (let at = start; at + tokens.length <= text.length; at++) {
    const isPlace = !isLast || at + tokens.length === text.length;
    if (isPlace && fits(text, at, tokens)) return at;
    if (!isAfterStar || text[at] === SLASH) return undefined;
  }
  return undefined;
}

function fits(text: readonly number[], at: number, tokens: readonly GlobCharacter[]): boolean {
  return tokens.every((token, offset) => acceptsCharacter(token, text[at + offset] ?? SLASH));
}
