import { isForeign, lintDockerfile, lintForeignImage } from "#dockerfile";
import type { CheckOptions, KnownImage, PlanOptions } from "#dockerfile";
import { isEngineError } from "#errors";
import { imageConfig } from "#images";
import type { ImageConfig, Platform } from "#oci";
import type { Build } from "./build.ts";
import type { BuildDeps } from "./build-deps.ts";
import type { WantedImage } from "./find-image.ts";
import type { BuildOrder } from "./run-build.ts";
import type { BuildEvent } from "./types.ts";

/** Tells what the checks of the Dockerfile find. @throws invalid-argument when the file wants them to fail the build. */
export function* checkDockerfile(
  deps: BuildDeps,
  { request, dockerfile, ignore }: BuildOrder,
  planning: PlanOptions,
  check: CheckOptions,
): Generator<BuildEvent> {
  const { warnings, error } = lintDockerfile(dockerfile, check, {
    ...planning,
    ignore,
    isWholeFile: request.checkOnly === true,
    imageOf: (name, platform) => knownImage(deps, name, platform, request.checkOnly === true),
  });
  for (const finding of warnings) yield { type: "finding", finding };
  if (error !== undefined) throw error;
}

/** What an image that is taken has to be told of. @throws invalid-argument when the file wants that to fail the build. */
export function* checkImage(
  { check }: Pick<Build, "check">,
  { name, platform, range }: WantedImage,
  actual: Platform,
): Generator<BuildEvent> {
  if (!isForeign(actual, platform)) return;
  const { warnings, error } = lintForeignImage({ name, actual, expected: platform, range }, check);
  for (const finding of warnings) yield { type: "finding", finding };
  if (error !== undefined) throw error;
}

/**
 * What is known of images without asking a registry. One for another platform is only taken when its registry has no other,
 * which a check on its own does not ask.
 */
function knownImage(deps: BuildDeps, name: string, platform: Platform, checkOnly: boolean): KnownImage | undefined {
  for (const wanted of checkOnly ? [platform, undefined] : [platform]) {
    try {
      const config = imageConfig(deps, name, wanted);
      return { env: config.config.Env ?? [], platform: platformOf(config) };
    } catch (error) {
      // Whatever is wrong with an image, the stage that takes it says.
      if (!isEngineError(error)) throw error;
    }
  }
  return undefined;
}

export function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return { os, architecture, ...(variant !== undefined && { variant }) };
}
