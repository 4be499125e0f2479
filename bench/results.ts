import type { Case } from "./cases/case.ts";
import { median } from "./measure/statistics.ts";
import type { TargetName } from "./targets/target.ts";

/** What one target gave in one case: samples, or the reason why there are none. */
export type Outcome =
  | {
      readonly kind: "measured";
      readonly rounds: number;
      readonly cutShort: boolean;
      readonly samples: ReadonlyMap<string, readonly number[]>;
    }
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

export interface CaseResult {
  readonly case: Case;
  readonly outcomes: ReadonlyMap<TargetName, Outcome>;
}

/** The median of a measure, or `undefined` where it was not measured. */
export function medianOf(result: CaseResult, target: TargetName, measure: string): number | undefined {
  const outcome = result.outcomes.get(target);
  const values = outcome?.kind === "measured" ? outcome.samples.get(measure) : undefined;
  return values === undefined ? undefined : median(values);
}

/** Whether the goal of a measure is met; `undefined` where it cannot be told. */
export function goalMet(result: CaseResult, measureId: string): boolean | undefined {
  const goal = result.case.measures.find((measure) => measure.id === measureId)?.goal;
  const own = medianOf(result, "slipway", measureId);
  if (goal === undefined || own === undefined) return undefined;
  if ("below" in goal) return own < goal.below;
  const other = medianOf(result, goal.than, measureId);
  return other === undefined ? undefined : other / own >= goal.timesFaster;
}
