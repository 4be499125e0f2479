import type { Store } from "./recorded.ts";
import { ABSENT, differences } from "./compare.ts";
import type { Difference } from "./compare.ts";
import type { Recorded } from "./normalise.ts";
import type { Step } from "./step.ts";

/** A place where Slipway answers otherwise than the engine it is compared with, on purpose. */
export interface AcceptedDifference {
  readonly reason: string;
  readonly steps: RegExp;
  readonly path: RegExp;
  /** Only where this store is the model. */
  readonly model?: "graph" | "containerd";
  /** Minor versions; all when absent. */
  readonly versions?: (minor: number) => boolean;
  /** What Slipway says instead; everything is accepted when absent. */
  readonly accepts?: (difference: Difference) => boolean;
}

/** Steps in which the containerd store is the model, and why; `since` a minor version. In all others it is the graph store. */
export type FollowsContainerd = readonly (readonly [steps: RegExp, reason: string, since?: number])[];

export const isAdded = ({ expected, actual }: Difference): boolean => expected === ABSENT && typeof actual === "object";
export const says =
  (words: string | number) =>
  ({ actual }: Difference): boolean =>
    typeof words === "number" || typeof actual !== "string" ? actual === words : actual.includes(words);

/** What the reference engine answered: of the store that is the model. */
export type Expectation = (store: Store, step: Step, version: string) => Recorded | undefined;

/** Compares a conversation with the recorded one, and knows at the end which accepted differences no longer exist. */
export class Judge {
  readonly #expected: Expectation;
  readonly #accepted: readonly AcceptedDifference[];
  readonly #follows: FollowsContainerd;
  readonly #used = new Set<object>();

  constructor(expected: Expectation, accepted: readonly AcceptedDifference[], follows: FollowsContainerd) {
    this.#expected = expected;
    this.#accepted = accepted;
    this.#follows = follows;
  }

  /** Every difference that nobody has accepted, in words. */
  faults(step: Step, version: string, actual: Recorded | undefined): string[] {
    const minor = minorOf(version);
    const model = this.#modelOf(step, minor);
    return differences(this.#expected(model, step, version), actual)
      .filter((difference) => !this.#isAccepted(step, minor, model, difference))
      .map(
        ({ path, expected: wanted, actual: got }) =>
          `  ${step.name}\n    ${path}\n      expected ${brief(wanted)}\n      got      ${brief(got)}`,
      );
  }

  /** Rows that matched nothing so far. */
  idle(): string[] {
    return this.#accepted.filter((row) => !this.#used.has(row)).map(({ reason, steps, path }) => `${steps} ${path}: ${reason}`);
  }

  #modelOf(step: Step, minor: number): Store {
    return this.#follows.some(([steps, , since = 0]) => minor >= since && steps.test(step.name)) ? "containerd" : "graph";
  }

  #isAccepted(step: Step, minor: number, store: Store, difference: Difference): boolean {
    const row = this.#accepted.find(
      ({ steps, path, model, versions, accepts }) =>
        (model ?? store) === store &&
        steps.test(step.name) &&
        path.test(difference.path) &&
        (versions?.(minor) ?? true) &&
        (accepts?.(difference) ?? true),
    );
    if (row !== undefined) this.#used.add(row);
    return row !== undefined;
  }
}

export function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
