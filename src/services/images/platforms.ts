import { bestMatch, platformMatcher, strictPlatformMatcher } from "#oci";
import type { Platform } from "#oci";
import type { GraphManifest } from "./image-graph.ts";

/** Exactly the wanted platform, in whatever spelling; what has no platform provides none. */
export function isPlatform(platform: Platform | undefined, wanted: Platform): boolean {
  return platform !== undefined && strictPlatformMatcher(wanted)(platform) !== undefined;
}

/** The first of those that run best on a machine. */
export function bestManifest(manifests: readonly GraphManifest[], machine: Platform): GraphManifest | undefined {
  const candidates = manifests.map((manifest) => ({ platform: manifest.record.platform, manifest }));
  return bestMatch(candidates, platformMatcher(machine))?.manifest;
}
