import { invalidArgument } from "#errors";

/**
 * What one hostile text may cost: `${a}` can double at every line, a port range stands for 65536 keys, a pattern is
 * tried at every position. Units are about one character written or compared.
 */
export interface WorkBudget {
  /** @throws invalid-argument once the budget is used up. */
  spend(units: number): void;
}

const DEFAULT_UNITS = 16 * 1024 * 1024;

export function createWorkBudget(units: number = DEFAULT_UNITS): WorkBudget {
  let left = units;
  return {
    spend(spent) {
      left -= spent;
      if (left < 0) throw invalidArgument(`cannot expand instructions: they ask for more than ${units} steps`);
    },
  };
}
