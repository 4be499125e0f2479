import { conflict, invalidArgument, notFound } from "#errors";
import type { EngineError } from "#errors";
import type { DiffId, Digest } from "#oci";

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

export function deleteConflict(shortId: string, reason: string, severity: "must be forced" | "cannot be forced"): EngineError {
  return conflict(`conflict: unable to delete ${shortId} (${severity}) - ${reason}`);
}

export function layerCountMismatch(inManifest: number, inConfig: number): EngineError {
  return invalidArgument(`invalid manifest, layers length mismatch: expected ${inManifest}, got ${inConfig}`);
}

export function wrongDiffId(index: number, expected: DiffId, actual: DiffId): EngineError {
  return invalidArgument(`invalid diffID for layer ${index}: expected "${expected}", got "${actual}"`);
}

export function notALayer(index: number, digest: Digest, reason: string): EngineError {
  return invalidArgument(`cannot read layer ${index} (${digest}): ${reason}`);
}

export function repositoryInUse(words: string, container: string, image: string): EngineError {
  return conflict(
    `conflict: unable to remove repository reference "${words}" (must force) - container ${container} is using its referenced image ${image}`,
  );
}
