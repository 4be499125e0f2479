import type { Measure } from "../cases/case.ts";
import { figureOf, goalMet } from "../results.ts";
import type { CaseResult, Outcome } from "../results.ts";
import type { TargetName } from "../targets/target.ts";

/**
 * The results as Markdown: medians per target, then each other target as a multiple of the first one, so that
 * "4.0×" reads as "takes four times as long" or "needs four times as much". Notes under the table say why cells are empty.
 */
export function formatTable(results: readonly CaseResult[], targets: readonly TargetName[]): string {
  const [base, ...others] = targets;
  if (base === undefined) return "";
  const notes = new Notes();
  const head = ["measure", ...targets, ...others.map((name) => `${name} ÷ ${base}`), "goal"];
  const rows = results.flatMap((result) =>
    result.case.measures.map((measure) => {
      const own = figureOf(result, base, measure);
      return [
        measure.title,
        ...targets.map((name) => cell(result.outcomes.get(name), figureOf(result, name, measure), measure, name, notes)),
        ...others.map((name) => ratio(figureOf(result, name, measure), own)),
        goalCell(result, measure),
      ];
    }),
  );
  const lines = [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [...lines, "", ...notes.lines()].join("\n");
}

/** Says each reason once, under a number. */
class Notes {
  readonly #texts: string[] = [];

  mark(text: string): string {
    if (!this.#texts.includes(text)) this.#texts.push(text);
    return `[${this.#texts.indexOf(text) + 1}]`;
  }

  lines(): readonly string[] {
    return this.#texts.map((text, index) => `- [${index + 1}] ${text}`);
  }
}

function cell(outcome: Outcome | undefined, value: number | undefined, measure: Measure, target: TargetName, notes: Notes): string {
  if (outcome === undefined) return "–";
  if (outcome.kind === "skipped") return `– ${notes.mark(`${target}: ${outcome.reason}`)}`;
  if (outcome.kind === "failed") return `failed ${notes.mark(`${target}: ${outcome.reason}`)}`;
  if (value === undefined) return "–";
  const text = format(value, measure.unit);
  return outcome.cutShort ? `${text} ${notes.mark("fewer rounds: it took longer than `--patience`")}` : text;
}

function format(value: number, unit: Measure["unit"]): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

function ratio(other: number | undefined, own: number | undefined): string {
  if (other === undefined || own === undefined || own <= 0) return "–";
  const times = other / own;
  return `${times.toFixed(times >= 10 ? 0 : times >= 1 ? 1 : 2)}×`;
}

function goalCell(result: CaseResult, measure: Measure): string {
  if (measure.goal === undefined) return "";
  const wanted = "below" in measure.goal ? `< ${measure.goal.below} ${measure.unit}` : `${measure.goal.timesFaster}× ${measure.goal.than}`;
  const met = goalMet(result, measure);
  return met === undefined ? wanted : `${wanted} ${met ? "✓" : "✗"}`;
}
