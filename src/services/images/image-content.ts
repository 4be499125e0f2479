import { internal, notFound } from "#errors";
import { formatPlatform, MAX_MANIFEST_SIZE, parseManifest } from "#oci";
import type { Descriptor, DiffId, ImageConfig, ImageId, Platform } from "#oci";
import { layerCountMismatch } from "./errors.ts";
import type { Hold } from "./holds.ts";
import { resolveImage } from "./resolve-image.ts";
import { ownManifest, readConfig, selectManifest } from "./select-manifest.ts";
import type { ImageManifestRecord } from "./select-manifest.ts";
import { readStored } from "./stored-blob.ts";
import type { StoredDeps } from "./stored-blob.ts";

/** What one platform's image is made of, for whoever builds on it. */
export interface ImageContent {
  readonly id: ImageId;
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  /** Base first; all of them are stored. */
  readonly layers: readonly { readonly descriptor: Descriptor; readonly diffId: DiffId }[];
}

/**
 * What is on record of a platform's image; no file is read, and its layers need not be here.
 *
 * @throws not-found when there is no such image, or none for the platform.
 */
export function imageConfig(deps: Pick<StoredDeps, "catalog" | "metadata">, name: string, platform: Platform | undefined): ImageConfig {
  return readConfig(deps, chooseManifest(deps, name, platform).config);
}

/**
 * @param platform undefined: the one by which the image is shown.
 * @param hold keeps all of it from being removed.
 * @throws not-found when there is no such image, none for the platform, or not all of it is here.
 */
export async function imageContent(deps: StoredDeps, name: string, platform: Platform | undefined, hold?: Hold): Promise<ImageContent> {
  const { descriptor, config: id } = chooseManifest(deps, name, platform);
  const config = readConfig(deps, id);
  if (!deps.metadata.blobs.isComplete(descriptor.digest)) {
    throw notFound(
      `image ${name} was found, but its content${platform === undefined ? "" : ` for ${formatPlatform(platform)}`} is not here`,
    );
  }
  for (const { digest } of deps.metadata.blobs.closure(descriptor.digest)) hold?.add(digest);
  const manifest = parseManifest(await readStored(deps, descriptor.digest, MAX_MANIFEST_SIZE), descriptor.mediaType);
  if (manifest.kind !== "manifest") throw internal(`cannot read image ${name}: ${descriptor.digest} is not a manifest`);
  if (manifest.layers.length !== config.diffIds.length) throw layerCountMismatch(manifest.layers.length, config.diffIds.length);
  const layers = manifest.layers.flatMap((layer, index) => {
    const diffId = config.diffIds[index];
    return diffId === undefined ? [] : [{ descriptor: layer, diffId }];
  });
  return { id, manifest: descriptor, config, layers };
}

function chooseManifest(deps: Pick<StoredDeps, "catalog" | "metadata">, name: string, platform: Platform | undefined): ImageManifestRecord {
  const image = resolveImage(deps, name);
  const chosen = platform === undefined ? ownManifest(deps, image) : selectManifest(deps, image, platform, name, "lenient");
  if (chosen === undefined) throw notFound(`image ${name} was found, but nothing in it can run`);
  return chosen;
}
