import type { Case, Measure } from "./cases/case.ts";
import { percentile } from "./measure/statistics.ts";
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

/** The median of a measure, or the percentile that it asks for; `undefined` where it was not measured. */
export function figureOf(result: CaseResult, target: TargetName, measure: Measure): number | undefined {
  const outcome = result.outcomes.get(target);
  const values = outcome?.kind === "measured" ? outcome.samples.get(measure.id) : undefined;
  return values === undefined ? undefined : percentile(values, measure.percentile ?? 0.5);
}

/** Whether the goal of a measure is met; `undefined` where it cannot be told. */
export function goalMet(result: CaseResult, measure: Measure): boolean | undefined {
  const own = figureOf(result, "slipway", measure);
  if (measure.goal === undefined || own === undefined) return undefined;
  if ("below" in measure.goal) return own < measure.goal.below;
  const other = figureOf(result, measure.goal.than, measure);
  return other === undefined ? undefined : other / own >= measure.goal.timesFaster;
}
