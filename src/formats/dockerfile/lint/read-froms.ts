import { EngineError } from "#errors";
import { expandWord } from "../expansion/expand-word.ts";
import type { ExpandOptions } from "../expansion/expand-word.ts";
import type { FromInstruction } from "../instructions/instruction.ts";
import type { Dockerfile } from "../parse-dockerfile.ts";
import { BuildArgs } from "../stages/build-args.ts";
import { planGlobalArgs } from "../stages/plan-stages.ts";
import type { PlanOptions } from "../stages/plan-stages.ts";
import { parseStatement } from "../syntax/statement.ts";
import { createWorkBudget } from "../values/work-budget.ts";

export interface LintedFrom {
  readonly from: FromInstruction;
  /** `AS` and the name as written; empty without them. */
  readonly as: string;
  readonly name: string;
  readonly image?: Expansion;
  readonly platform?: Expansion;
  /** What the image is if nobody gives any argument; absent where that cannot be expanded. */
  readonly defaultImage?: string;
  /** What FROM sees. */
  readonly globalArgs: ReadonlyMap<string, string>;
}

/** A word of FROM and the variables that it asked for. */
export interface Expansion {
  /** Absent for a word that cannot be expanded. */
  readonly text?: string;
  readonly found: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
}

/** What cannot be expanded here stops the plan of the stages, which reports it. */
export function readFroms(dockerfile: Dockerfile, options: PlanOptions): readonly LintedFrom[] {
  const expand: ExpandOptions = { escape: dockerfile.escape, budget: createWorkBudget() };
  const globalArgs = attempt(() => planGlobalArgs(dockerfile, options, expand));
  const defaults = attempt(() => planGlobalArgs(dockerfile, { ...options, buildArgs: new BuildArgs({}) }, expand));
  return dockerfile.stages.map(({ from }) => {
    const [, as = "", name = ""] = parseStatement(from.text, dockerfile.escape).args;
    const defaultImage = defaults && expandWatched(from.image, defaults, expand).text;
    return {
      from,
      as,
      name,
      globalArgs: globalArgs ?? new Map(),
      ...(globalArgs !== undefined && { image: expandWatched(from.image, globalArgs, expand) }),
      ...(globalArgs !== undefined && from.platform !== undefined && { platform: expandWatched(from.platform, globalArgs, expand) }),
      ...(defaultImage !== undefined && { defaultImage }),
    };
  });
}

function expandWatched(word: string, values: ReadonlyMap<string, string>, options: ExpandOptions): Expansion {
  const found = new Set<string>();
  const missing = new Set<string>();
  const get = (name: string): string | undefined => {
    (values.has(name) ? found : missing).add(name);
    return values.get(name);
  };
  const text = attempt(() => expandWord(word, { get }, options));
  return { found, missing, ...(text !== undefined && { text }) };
}

function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
