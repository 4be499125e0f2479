import type { Target, TargetName } from "../targets/target.ts";

/**
 * One thing to measure. `setup` and `teardown` run once per target, `run` once per round; only what `run`
 * returns is counted, and `run` leaves the target as it found it. State lives in the target alone.
 */
export interface Case {
  /** What `--only` takes. */
  readonly name: string;
  /** Those that can be measured at all; `undefined` means every one. */
  readonly targets?: readonly TargetName[];
  readonly measures: readonly Measure[];
  /** At most so many rounds, for cases that take long. */
  readonly roundsAtMost?: number;
  /** Why this target is not measured in this run; `undefined` if it is. */
  skip?(stage: Stage): string | undefined;
  setup(stage: Stage): Promise<void>;
  run(stage: Stage): Promise<readonly Sample[]>;
  teardown(stage: Stage): Promise<void>;
}

/** A row of the table. */
export interface Measure {
  readonly id: string;
  readonly title: string;
  readonly unit: "ms" | "s" | "MB";
  readonly goal?: Goal;
  /** Which of all rounds' samples the table shows: the share of them that lies below. The median (0.5) by default. */
  readonly percentile?: number;
}

export type Goal =
  /** The value itself, in the measure's unit. */
  | { readonly below: number }
  /** So many times faster than that reference in the same run. */
  | { readonly timesFaster: number; readonly than: TargetName };

export interface Sample {
  /** `id` of one of the case's measures. */
  readonly measure: string;
  readonly value: number;
}

/** Where a case runs: the target, and how much of everything. */
export interface Stage {
  readonly target: Target;
  readonly scale: Scale;
}

export interface Scale {
  /** Requests per round in cases of short requests. */
  readonly requests: number;
  /** The most images a reference is filled with; they take minutes for what they list slowly. */
  readonly referenceImages: number;
}
