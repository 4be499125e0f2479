/** Chance that can be had again: the same seed gives the same throws. */
export interface Dice {
  /** From 0 up to, not including, 1. */
  next(): number;
  pick<T>(values: readonly T[]): T;
  chance(probability: number): boolean;
}

export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  // mulberry32: 32 bits of state are plenty for a few thousand throws.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: <T>(values: readonly T[]): T => {
      const picked = values[Math.floor(next() * values.length)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
    chance: (probability) => next() < probability,
  };
}
