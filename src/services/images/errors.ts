import { conflict, EngineError, invalidArgument, notFound } from "#errors";
import { formatPlatform } from "#oci";
import type { DiffId, Digest, Platform } from "#oci";

/** Docker's words; clients decide by them whether to pull. */
export function noSuchImage(name: string): EngineError {
  return notFound(`No such image: ${name}`);
}

export function ambiguousReference(): EngineError {
  return notFound("ambiguous reference");
}

export function platformNotProvided(name: string, platform: string): EngineError {
  return notFound(`image with reference ${name} was found but does not provide the specified platform (${platform})`);
}

/** Of an image for one platform alone, which is not the one asked for. */
export function otherPlatform(name: string, actual: Platform, wanted: Platform): EngineError {
  const [own, other] = [formatPlatform(actual), formatPlatform(wanted)];
  return notFound(`image with reference ${name} was found but its platform (${own}) does not match the specified platform (${other})`);
}

export function deleteConflict(shortId: string, reason: string, severity: "must be forced" | "cannot be forced"): EngineError {
  return conflict(`conflict: unable to delete ${shortId} (${severity}) - ${reason}`);
}

export function layerCountMismatch(inManifest: number, inConfig: number): EngineError {
  return invalidArgument(`invalid manifest, layers length mismatch: expected ${inManifest}, got ${inConfig}`, OTHER_LAYERS);
}

export function wrongDiffId(index: number, expected: DiffId, actual: DiffId): EngineError {
  return invalidArgument(`invalid diffID for layer ${index}: expected "${expected}", got "${actual}"`, OTHER_LAYERS);
}

export function notALayer(index: number, digest: Digest, reason: string): EngineError {
  return invalidArgument(`cannot read layer ${index} (${digest}): ${reason}`, {
    details: { inPull: `failed to register layer: ${reason}` },
  });
}

/** Layers that a registry served and that are not those of its config: what Docker says of them in a pull, and below it what it is. */
export function layersFailure(error: unknown): unknown {
  const words = error instanceof EngineError ? error.details?.["inPull"] : undefined;
  return error instanceof EngineError && typeof words === "string"
    ? invalidArgument(`${words}\n${error.message}`, { cause: error })
    : error;
}

const OTHER_LAYERS = { details: { inPull: "layers from manifest don't match image configuration" } };

export function repositoryInUse(words: string, container: string, image: string): EngineError {
  return conflict(
    `conflict: unable to remove repository reference "${words}" (must force) - container ${container} is using its referenced image ${image}`,
  );
}
