/** One slip of the finger or two; beyond that a suggestion is a guess. */
const MAX_DISTANCE = 2;

/**
 * ` (did you mean x?)` for the option nearest to `word`, or nothing when none is near or one is the word itself.
 * Where case does not matter the option is in capitals, as it is shown to who writes in capitals.
 */
export function suggestion(word: string, options: readonly string[], isCaseSensitive: boolean): string {
  const found = nearest(word, options, isCaseSensitive);
  if (found === undefined) return "";
  return ` (did you mean ${isCaseSensitive || word === word.toUpperCase() ? found : found.toLowerCase()}?)`;
}

/** The option nearest to `word`, the first of several; undefined when none is near or one is the word itself. */
export function nearest(word: string, options: readonly string[], isCaseSensitive: boolean): string | undefined {
  const fold = (text: string): string => (isCaseSensitive ? text : text.toLowerCase());
  let found: string | undefined;
  let limit = MAX_DISTANCE + 1;
  for (const option of options) {
    const distance = editDistance(fold(word), fold(option));
    if (distance === 0) return undefined;
    if (distance >= limit) continue;
    found = option;
    limit = distance;
  }
  return found;
}

/**
 * Insertions, deletions and replacements from `a` to `b`; beyond the limit, any number above it. What is alike at the
 * front is never worth changing, so that at most three ways part at each difference.
 */
function editDistance(a: string, b: string, limit = MAX_DISTANCE): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let same = 0;
  while (same < a.length && a.charCodeAt(same) === b.charCodeAt(same)) same += 1;
  if (same === a.length || same === b.length) return Math.max(a.length, b.length) - same;
  if (limit === 0) return 1;
  const [restA, restB] = [a.slice(same + 1), b.slice(same + 1)];
  const ways = [
    editDistance(restA, restB, limit - 1),
    editDistance(restA, b.slice(same), limit - 1),
    editDistance(a.slice(same), restB, limit - 1),
  ];
  return 1 + Math.min(...ways);
}
