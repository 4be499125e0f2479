/** One slip of the finger or two; beyond that a suggestion is a guess. */
const MAX_DISTANCE = 2;

/**
 * ` (did you mean x?)` for the option nearest to `word`, or nothing when none is near or one is the word itself.
 * Where case does not matter the option is in capitals, as it is shown to who writes in capitals.
 */
export function suggestion(word: string, options: readonly string[], isCaseSensitive: boolean): string {
  const fold = (text: string): string => (isCaseSensitive ? text : text.toLowerCase());
  let nearest: string | undefined;
  let limit = MAX_DISTANCE + 1;
  for (const option of options) {
    const distance = editDistance(fold(word), fold(option));
    if (distance === 0) return "";
    if (distance >= limit) continue;
    nearest = option;
    limit = distance;
  }
  if (nearest === undefined) return "";
  return ` (did you mean ${isCaseSensitive || word === word.toUpperCase() ? nearest : nearest.toLowerCase()}?)`;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a.charAt(row - 1) === b.charAt(column - 1) ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
