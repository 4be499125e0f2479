import { EngineError } from "#errors";
import { formatPlatform, normalizePlatform, parsePlatform, parseReference } from "#oci";
import { nearest } from "../../values/suggest.ts";
import { quoteLikeGo } from "../../values/go-text.ts";
import type { LintedFile } from "../read-for-lint.ts";
import type { ForeignImage } from "../read-stages.ts";
import type { Expansion, LintedFrom } from "../read-froms.ts";
import type { Finding } from "../rule.ts";

const TARGET_PLATFORM = "TARGETPLATFORM";
/** Among more names than that, one that is spelled alike says little. */
const MAX_NAMES = 500;
const NO_HOST = { os: "linux", architecture: "" };

export function* checkFromArguments({ dockerfile, froms }: LintedFile): Generator<Finding> {
  const declared = dockerfile.globalArgs.flatMap(({ args }) => args.map(({ name }) => name));
  const known = new Set([...(froms[0]?.globalArgs.keys() ?? []), ...declared]);
  const names = [...known].slice(0, MAX_NAMES);
  for (const { from, image, platform } of froms) {
    for (const name of [...(image?.missing ?? []), ...(platform?.missing ?? [])]) {
      if (known.has(name)) continue;
      const other = nearest(name, names, true);
      const hint = other === undefined ? "" : ` (did you mean ${other}?)`;
      yield { detail: `FROM argument '${name}' is not declared${hint}`, range: from.range };
    }
  }
}

export function* checkDefaultImages({ froms }: LintedFile): Generator<Finding> {
  for (const { from, defaultImage } of froms) {
    if (defaultImage === undefined || isReference(defaultImage)) continue;
    yield { detail: `Default value for ARG ${from.image} results in empty or invalid base image name`, range: from.range };
  }
}

export function* checkTargetPlatforms({ froms }: LintedFile): Generator<Finding> {
  for (const { from, platform, globalArgs } of froms) {
    if (platform === undefined || platform.found.size !== 1 || platform.missing.size > 0) continue;
    if (!platform.found.has(TARGET_PLATFORM) || platform.text !== globalArgs.get(TARGET_PLATFORM)) continue;
    yield {
      detail: `Setting platform to predefined ${from.platform} in FROM is redundant as this is the default behavior`,
      range: from.range,
    };
  }
}

/** A stage that is named after a system or an architecture is meant to be bound to it. */
export function* checkConstantPlatforms({ froms }: LintedFile): Generator<Finding> {
  for (const { from, platform } of froms) {
    const constant = toConstant(platform);
    const parts = constant === undefined ? undefined : tryPlatform(constant);
    if (constant === undefined || parts === undefined || parts.some((part) => namesPart({ from }, part))) continue;
    yield { detail: `FROM --platform flag should not use constant value ${quoteLikeGo(constant)}`, range: from.range };
  }
}

export function* checkImagePlatforms({ stages }: LintedFile): Generator<Finding> {
  yield* checkForeignImages(stages.flatMap(({ foreignImages }) => foreignImages));
}

export function* checkForeignImages(images: readonly ForeignImage[]): Generator<Finding> {
  for (const { name, actual, expected, range } of images) {
    const [has, wants] = [actual, expected].map((platform) => quoteLikeGo(formatPlatform(normalizePlatform(platform))));
    yield { detail: `Base image ${name} was pulled with platform ${has}, expected ${wants} for current build`, range };
  }
}

function toConstant(platform: Expansion | undefined): string | undefined {
  return platform === undefined || platform.found.size > 0 || platform.missing.size > 0 ? undefined : platform.text;
}

function namesPart({ from }: Pick<LintedFrom, "from">, part: string): boolean {
  return from.stageName?.includes(part) ?? false;
}

function tryPlatform(text: string): readonly string[] | undefined {
  try {
    const { os, architecture } = parsePlatform(text, NO_HOST);
    return [os, architecture].filter((part) => part !== "");
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}
