import { formatSize } from "./human-size.ts";
import type { ProgressDetailJson } from "./shapes/index.ts";

const CELLS = 50;

/** The text of `progress`, which engines up to 28 send beside `progressDetail`: a bar and sizes, empty without numbers. */
export function formatProgress({ current = 0, total = 0, hidecounts = false, units = "" }: ProgressDetailJson): string {
  if (current <= 0 && total <= 0) return "";
  if (total <= 0) return countOf(current, units);
  const filled = Math.min(Math.trunc(Math.trunc((current / total) * 100) / 2), CELLS);
  const bar = `[${"=".repeat(filled)}>${" ".repeat(CELLS - filled)}] `;
  return hidecounts ? bar : bar + countsOf(current, total, units);
}

/** A total that is exceeded was wrong, and is left out. */
function countsOf(current: number, total: number, units: string): string {
  if (current > total) return countOf(current, units);
  return units === "" ? `${countOf(current, units)}/${formatSize(total)}` : `${current}/${total} ${units}`;
}

function countOf(current: number, units: string): string {
  return units === "" ? formatSize(current).padStart(8) : `${current} ${units}`;
}
