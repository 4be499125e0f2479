import { conflict, notFound } from "#errors";
import { bestPlatform, familiar, formatPlatform, isIndexType } from "#oci";
import type { Descriptor, ImageId, Platform, Reference } from "#oci";
import { isWhole } from "../absent-layers.ts";
import { platformNotProvided } from "../errors.ts";
import type { Hold } from "../holds.ts";
import type { ImageDeps } from "../image-deps.ts";
import { resolveImage, targetOf } from "../resolve-image.ts";
import type { ResolvedImage } from "../resolve-image.ts";
import { selectManifest } from "../select-manifest.ts";

/** What goes to the registry for one tag. */
export interface PlannedPush {
  readonly id: ImageId;
  readonly root: Descriptor;
  /** What the name stands for: the root, or the index that has it. */
  readonly target: Descriptor;
  /** The index that is here in part, so that `root` stands for it. */
  readonly insteadOf: Descriptor | undefined;
}

/**
 * The whole of what the name stands for. An index that is here in part cannot go: Docker sends the one manifest of it that
 * is here, else this machine's, and we do as it does, because an index with less in it would be another image.
 *
 * @param hold keeps what the name stands for now from being removed.
 * @throws not-found, or conflict when several manifests are here and none is this machine's.
 */
export async function planPush(
  deps: ImageDeps,
  reference: Reference,
  name: string,
  platform: Platform | undefined,
  hold: Hold,
): Promise<PlannedPush> {
  const image = resolveImage(deps, name);
  for (const { digest } of deps.metadata.blobs.closure(image.target)) hold.add(digest);
  const { id } = image.record;
  const words = familiar(reference);
  const target = targetOf(deps, image);
  if (platform !== undefined) {
    const { descriptor } = selectManifest(deps, image, platform, words, "strict");
    if (!(await isWhole(deps, descriptor.digest))) throw platformNotProvided(words, formatPlatform(platform));
    return { id, root: descriptor, target, insteadOf: undefined };
  }
  if (!isIndexType(target.mediaType) || (await isWhole(deps, target.digest))) return { id, root: target, target, insteadOf: undefined };
  return { id, root: await partOf(deps, image, words), target, insteadOf: target };
}

async function partOf(deps: ImageDeps, image: ResolvedImage, words: string): Promise<Descriptor> {
  const here: { readonly descriptor: Descriptor; readonly platform: Platform | undefined }[] = [];
  for (const { kind, config, descriptor, platform } of deps.metadata.images.manifestsOf(image.target)) {
    if (kind === "image" && config !== undefined && (await isWhole(deps, descriptor.digest))) here.push({ descriptor, platform });
  }
  const [first] = here;
  if (first === undefined) throw notFound(`image with reference ${words} was found but does not provide any platform`);
  const best = here.length === 1 ? first : bestPlatform(here, (manifest) => manifest.platform, deps.hostPlatform);
  if (best === undefined) throw conflict("multiple matching manifests found but no specific platform requested");
  return best.descriptor;
}
