import { lintDockerfile, readCheckOptions } from "#dockerfile";
import type { PlannedStage, PlanOptions } from "#dockerfile";
import { isEngineError } from "#errors";
import { imageConfig } from "#images";
import type { BuildDeps } from "./build-deps.ts";
import type { BuildOrder } from "./run-build.ts";
import type { BuildEvent } from "./types.ts";

/** Tells what the checks of the Dockerfile find. @throws invalid-argument when the file wants them to fail the build. */
export function* checkDockerfile(
  deps: BuildDeps,
  { request, dockerfile, found, ignore }: BuildOrder,
  planning: PlanOptions,
): Generator<BuildEvent> {
  const { warnings, error } = lintDockerfile(dockerfile, readCheckOptions(found.text, planning.buildArgs), {
    ...planning,
    ignore,
    isWholeFile: request.checkOnly === true,
    environmentOf: (stage) => environmentOf(deps, stage, planning.platforms),
  });
  for (const finding of warnings) yield { type: "finding", finding };
  if (error !== undefined) throw error;
}

/** What is known of variables without asking a registry: those of images that are here. */
function environmentOf(
  deps: BuildDeps,
  { base, platform }: PlannedStage,
  { target }: PlanOptions["platforms"],
): readonly string[] | undefined {
  if (base.kind !== "image") return undefined;
  try {
    return imageConfig(deps, base.name, platform ?? target).config.Env ?? [];
  } catch (error) {
    // Whatever is wrong with an image, the stage that takes it says.
    if (isEngineError(error)) return undefined;
    throw error;
  }
}
