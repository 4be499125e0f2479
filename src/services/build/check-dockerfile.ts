import { lintDockerfile, readCheckOptions } from "#dockerfile";
import type { PlannedStage, PlanOptions, StagePlan } from "#dockerfile";
import { isEngineError } from "#errors";
import { imageContent } from "#images";
import type { BuildDeps } from "./build-deps.ts";
import type { BuildOrder } from "./run-build.ts";
import type { BuildEvent } from "./types.ts";

/** Tells what the checks of the Dockerfile find. @throws invalid-argument when the file wants them to fail the build. */
export async function* checkDockerfile(
  deps: BuildDeps,
  { request, dockerfile, found, ignore }: BuildOrder,
  plan: StagePlan,
  planning: PlanOptions,
): AsyncGenerator<BuildEvent> {
  const environments = await baseEnvironments(deps, plan, planning);
  const { warnings, error } = lintDockerfile(dockerfile, readCheckOptions(found.text, planning.buildArgs), {
    ...planning,
    ignore,
    isWholeFile: request.checkOnly === true,
    environmentOf: ({ index }) => environments.get(index),
  });
  for (const finding of warnings) yield { type: "finding", finding };
  if (error !== undefined) throw error;
}

/** What is known of variables without asking a registry: those of images that are here. */
async function baseEnvironments(
  deps: BuildDeps,
  { stages }: StagePlan,
  { platforms }: PlanOptions,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, readonly string[]>();
  for (const stage of stages) {
    const env = await environmentOf(deps, stage, platforms);
    if (env !== undefined) found.set(stage.index, env);
  }
  return found;
}

async function environmentOf(
  deps: BuildDeps,
  { base, platform }: PlannedStage,
  { target }: PlanOptions["platforms"],
): Promise<readonly string[] | undefined> {
  if (base.kind !== "image") return undefined;
  try {
    return (await imageContent(deps, base.name, platform ?? target)).config.config.Env ?? [];
  } catch (error) {
    // Whatever is wrong with an image, the stage that takes it says.
    if (isEngineError(error)) return undefined;
    throw error;
  }
}
