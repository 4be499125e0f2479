import { ABSENT } from "../differential/compare.ts";
import type { Difference } from "../differential/compare.ts";

/** A place where Slipway's image is another than BuildKit's, on purpose. */
export interface AcceptedDifference {
  readonly reason: string;
  readonly cases: RegExp;
  readonly path: RegExp;
  /** What Slipway says instead; everything is accepted when absent. */
  readonly accepts?: (difference: Difference) => boolean;
}

export const ACCEPTED: readonly AcceptedDifference[] = [
  {
    reason: "a directory keeps its time when something is put into it: the same step makes the same layer",
    cases: /./,
    path: /^(layers\.\d+|tree)\..*\.mtime$/,
    accepts: ({ expected, actual }) => expected === "new" && typeof actual === "string" && actual !== "new",
  },
  {
    reason: "a directory that was made anew says so itself, and not of each name that was in it; the tree is the same",
    cases: /./,
    path: /^layers\.\d+\.(.*\/)?\.wh\.[^/.]*$|\/\.wh\.\.wh\.\.opq$/,
    accepts: ({ path, actual }) => path.endsWith(".opq") === (actual !== ABSENT),
  },
  {
    reason: "labels of the request are steps, as the classic builder tells them",
    cases: /^labels-given$/,
    path: /^history\.[34]$/,
    accepts: ({ expected, actual }) => expected === ABSENT && typeof actual === "object",
  },
  {
    reason: "what is mounted for a command leaves nothing behind: BuildKit leaves the places",
    cases: /^scratch-with-program$/,
    path: /^(layers\.2|tree)\.(dev|proc|sys)$/,
    accepts: ({ actual }) => actual === ABSENT,
  },
];
