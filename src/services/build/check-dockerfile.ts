import { lintDockerfile, readCheckOptions } from "#dockerfile";
import type { KnownImage, PlanOptions } from "#dockerfile";
import { isEngineError } from "#errors";
import { imageConfig } from "#images";
import type { Platform } from "#oci";
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
    imageOf: (name, platform) => knownImage(deps, name, platform),
  });
  for (const finding of warnings) yield { type: "finding", finding };
  if (error !== undefined) throw error;
}

/** What is known of images without asking a registry. */
function knownImage(deps: BuildDeps, name: string, wanted: Platform): KnownImage | undefined {
  try {
    const { os, architecture, variant, config } = imageConfig(deps, name, wanted);
    return { env: config.Env ?? [], platform: { os, architecture, ...(variant !== undefined && { variant }) } };
  } catch (error) {
    // Whatever is wrong with an image, the stage that takes it says.
    if (isEngineError(error)) return undefined;
    throw error;
  }
}
