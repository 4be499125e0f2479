import { percentile } from "../measure/statistics.ts";
import { goalMet } from "../results.ts";
import type { CaseResult } from "../results.ts";

/** The results with every sample, for comparison between commits. */
export function formatJson(head: Readonly<Record<string, unknown>>, results: readonly CaseResult[]): string {
  const cases = results.map((result) => ({
    name: result.case.name,
    measures: result.case.measures.map((measure) => ({
      id: measure.id,
      title: measure.title,
      unit: measure.unit,
      percentile: measure.percentile ?? 0.5,
      goal: measure.goal,
      goalMet: goalMet(result, measure),
      targets: Object.fromEntries(
        [...result.outcomes].map(([name, outcome]) => {
          if (outcome.kind !== "measured") return [name, outcome];
          return [name, summary(outcome.samples.get(measure.id) ?? [], outcome.rounds)];
        }),
      ),
    })),
  }));
  return `${JSON.stringify({ ...head, cases }, undefined, 2)}\n`;
}

function summary(samples: readonly number[], rounds: number): Readonly<Record<string, unknown>> {
  return {
    kind: "measured",
    rounds,
    median: percentile(samples, 0.5),
    least: percentile(samples, 0),
    p90: percentile(samples, 0.9),
    most: percentile(samples, 1),
    samples,
  };
}
