import { Pace } from "#async";

/** Sorted in one go: this many take a moment that nobody notices. */
const RUN = 4096;

/** Sorts as `toSorted` does, while others have their turns: what is sorted piece by piece is merged. Stable. */
export async function sortInTurns<T>(items: readonly T[], isBefore: (a: T, b: T) => boolean): Promise<readonly T[]> {
  const pace = new Pace();
  let runs: (readonly T[])[] = [];
  for (let start = 0; start < items.length; start += RUN) {
    if (pace.isDue) await pace.rest();
    runs.push(items.slice(start, start + RUN).sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0)));
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], isBefore, pace));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(left: readonly T[], right: readonly T[], isBefore: (a: T, b: T) => boolean, pace: Pace): Promise<readonly T[]> {
  const merged: T[] = [];
  let fromRight = 0;
  for (const item of left) {
    for (let other = right[fromRight]; other !== undefined && isBefore(other, item); other = right[fromRight]) {
      merged.push(other);
      fromRight += 1;
      if (merged.length % RUN === 0 && pace.isDue) await pace.rest();
    }
    merged.push(item);
    if (merged.length % RUN === 0 && pace.isDue) await pace.rest();
  }
  for (let at = fromRight; at < right.length; at += RUN) merged.push(...right.slice(at, at + RUN));
  return merged;
}
