import type { Difference } from "./compare.ts";
import type { Step } from "./step.ts";

/**
 * Steps in which the containerd store is the model, by the beginning of their names; in all others it is the
 * graph store. The two disagree, and the API reference or the fewest surprises speak for this one here.
 */
const FOLLOWS_CONTAINERD: readonly (readonly [steps: RegExp, reason: string])[] = [];

export function modelOf(step: Step): "graph" | "containerd" {
  return FOLLOWS_CONTAINERD.some(([steps]) => steps.test(step.name)) ? "containerd" : "graph";
}

/** A place where Slipway answers otherwise than the engine it is compared with, on purpose. */
export interface AcceptedDifference {
  readonly reason: string;
  readonly steps: RegExp;
  readonly path: RegExp;
  /** All when absent. */
  readonly versions?: (version: number) => boolean;
  /** What Slipway says instead; everything is accepted when absent. */
  readonly accepts?: (difference: Difference) => boolean;
}

export const ACCEPTED: readonly AcceptedDifference[] = [];
