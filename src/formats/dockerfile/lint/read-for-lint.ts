import { EngineError } from "#errors";
import type { Platform } from "#oci";
import type { Dockerfile } from "../parse-dockerfile.ts";
import type { Ignore } from "../paths/ignore.ts";
import { planStages } from "../stages/plan-stages.ts";
import type { PlanOptions } from "../stages/plan-stages.ts";
import { readFroms } from "./read-froms.ts";
import type { LintedFrom } from "./read-froms.ts";
import { StageReader } from "./read-stages.ts";
import type { LintedStage } from "./read-stages.ts";

export interface LintOptions extends PlanOptions {
  /** Of the context that is built from, if there is one. */
  readonly ignore?: Ignore;
  /** Stages that are not needed are checked, too. */
  readonly isWholeFile: boolean;
  /** An image, as a stage for this platform would get it; where it is not known, nothing is said of what may come from it. */
  readonly imageOf?: (name: string, platform: Platform) => KnownImage | undefined;
}

export interface KnownImage {
  readonly env: readonly string[];
  readonly platform: Platform;
}

/** A Dockerfile, read as far as it can be, with what the rules want to know of it. */
export interface LintedFile {
  readonly dockerfile: Dockerfile;
  readonly froms: readonly LintedFrom[];
  /** Up to the first mistake. */
  readonly stages: readonly LintedStage[];
  readonly ignore?: Ignore;
  /** What stopped the reading, and would stop the build. */
  readonly error?: EngineError;
}

export function readForLint(dockerfile: Dockerfile, options: LintOptions): LintedFile {
  const stages: LintedStage[] = [];
  const file = {
    dockerfile,
    froms: readFroms(dockerfile, options),
    stages,
    ...(options.ignore !== undefined && { ignore: options.ignore }),
  };
  try {
    const plan = planStages(dockerfile, options);
    new StageReader(plan, options).readInto(stages, plan.stages);
    return file;
  } catch (error) {
    if (error instanceof EngineError) return { ...file, error };
    throw error;
  }
}
