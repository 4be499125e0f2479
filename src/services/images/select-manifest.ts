import { internal } from "#errors";
import type { ManifestRecord } from "#metadata";
import { bestPlatform, formatPlatform, parseImageConfig, samePlatform } from "#oci";
import type { Digest, ImageConfig, Platform } from "#oci";
import { platformNotProvided } from "./errors.ts";
import type { ImageDeps } from "./image-deps.ts";
import type { ResolvedImage } from "./resolve-image.ts";

type SelectDeps = Pick<ImageDeps, "metadata">;

/** A manifest of kind image whose config is stored. */
export type ImageManifestRecord = ManifestRecord & { readonly config: Digest };

/**
 * The manifest of an image that provides a platform: exactly it (`strict`), or the best that runs on it.
 *
 * @param name as the user gave it, for the error.
 * @throws not-found when there is none.
 */
export function selectManifest(
  deps: SelectDeps,
  image: ResolvedImage,
  platform: Platform,
  name: string,
  match: "strict" | "lenient",
): ImageManifestRecord {
  const candidates = imageManifests(deps, image.target);
  const found =
    match === "strict"
      ? candidates.find((candidate) => candidate.platform !== undefined && samePlatform(candidate.platform, platform))
      : bestPlatform(candidates, (candidate) => candidate.platform, platform);
  if (found === undefined) throw platformNotProvided(name, formatPlatform(platform));
  return found;
}

/** The manifest by which an image is shown when no platform is asked for; absent for artifacts. */
export function ownManifest(deps: SelectDeps, image: ResolvedImage): ImageManifestRecord | undefined {
  const manifests = imageManifests(deps, image.target);
  const wanted = image.manifest ?? image.record.manifest;
  return manifests.find(({ descriptor }) => descriptor.digest === wanted) ?? manifests.find(({ config }) => config === image.record.id);
}

export function readConfig({ metadata }: SelectDeps, digest: Digest): ImageConfig {
  const bytes = metadata.blobs.findConfig(digest);
  if (bytes === undefined)
    throw internal(`cannot read the config of image ${digest}: it has no record; "slipwayd fsck --repair" restores it`);
  return parseImageConfig(bytes);
}

export const NO_CONFIG: ImageConfig = { os: "", architecture: "", config: {}, diffIds: [], hasRootfs: false, history: [] };

function imageManifests({ metadata }: SelectDeps, target: Digest): ImageManifestRecord[] {
  return metadata.images.manifestsOf(target).filter(isShown(metadata));
}

function isShown(metadata: SelectDeps["metadata"]): (record: ManifestRecord) => record is ImageManifestRecord {
  return (record): record is ImageManifestRecord =>
    record.kind === "image" && record.config !== undefined && metadata.blobs.findConfig(record.config) !== undefined;
}
