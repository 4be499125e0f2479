import type { ImageRecord } from "#metadata";
import { canonical, familiar, parseAnyReference, withDefaultTag } from "#oci";
import type { Descriptor, Digest, ImageId, Reference } from "#oci";
import { ambiguousReference, noSuchImage } from "./errors.ts";
import type { ImageDeps } from "./image-deps.ts";

type ResolveDeps = Pick<ImageDeps, "catalog" | "metadata">;

/** What a user's words turned out to mean. */
export interface ResolvedImage {
  readonly record: ImageRecord;
  /** What the name stands for; for IDs, the image's own target. */
  readonly target: Digest;
  /** The canonical name by which it was found; `undefined` when it was found by an ID or a digest. */
  readonly name: string | undefined;
  /** The image was addressed by this one of its manifests. */
  readonly manifest: Digest | undefined;
}

const ID_PREFIX = /^(?:sha256:)?([0-9a-f]{1,64})$/;

/**
 * Finds an image as Docker does: names first, then IDs and digests, whole or shortened.
 *
 * @throws invalid-argument for words that cannot be a name; not-found otherwise, also when a short ID is ambiguous.
 */
export function resolveImage(deps: ResolveDeps, words: string): ResolvedImage {
  const parsed = parseAnyReference(words);
  if (parsed.kind === "digest") return findDigest(deps, parsed.digest) ?? fail(noSuchImage(parsed.digest));
  const reference = withDefaultTag(parsed.reference);
  return findName(deps, reference) ?? findPrefix(deps, words) ?? fail(noSuchImage(familiar(reference)));
}

/** The index or manifest that the words stand for. */
export function targetOf({ metadata, catalog }: ResolveDeps, { record, target }: ResolvedImage): Descriptor {
  return metadata.images.targetsOf(record.id).find(({ digest }) => digest === target) ?? catalog.targetOf(record);
}

function findName({ catalog }: ResolveDeps, reference: Reference): ResolvedImage | undefined {
  const { digest, repository } = reference;
  const name = digest === undefined ? canonical(reference) : `${repository}@${digest}`;
  const record = catalog.findName(name) ?? (digest && catalog.namesIn(repository).find(({ target }) => target === digest));
  const image = record && catalog.find(record.image);
  return image && record && { record: image, target: record.target, name: record.name, manifest: undefined };
}

function findDigest(deps: ResolveDeps, digest: Digest): ResolvedImage | undefined {
  const { catalog, metadata } = deps;
  const own = catalog.find(digest);
  if (own !== undefined) return { record: own, target: own.target, name: undefined, manifest: undefined };
  const [id] = metadata.images.imagesOfTarget(digest);
  const whole = id && catalog.find(id);
  if (whole !== undefined) return { record: whole, target: digest, name: undefined, manifest: undefined };
  return findManifest(deps, digest);
}

/** By the digest of a manifest inside an index, or of the config of another platform. */
function findManifest({ catalog, metadata }: ResolveDeps, digest: Digest): ResolvedImage | undefined {
  for (const target of metadata.images.targetsWith(digest)) {
    const [id] = metadata.images.imagesOfTarget(target);
    const record = id === undefined ? undefined : catalog.find(id);
    if (record === undefined) continue;
    const manifest = metadata.images.manifestsOf(target).find((entry) => entry.descriptor.digest === digest || entry.config === digest);
    return { record, target, name: undefined, manifest: manifest?.descriptor.digest };
  }
  return undefined;
}

function findPrefix(deps: ResolveDeps, words: string): ResolvedImage | undefined {
  const hex = ID_PREFIX.exec(words)?.[1];
  if (hex === undefined) return undefined;
  // "g" follows "f": the end of everything that begins with these digits.
  const [first, second] = deps.metadata.images.within(`sha256:${hex}`, `sha256:${hex}g`);
  if (second !== undefined) throw ambiguousReference();
  const record = first && deps.catalog.find(first);
  return record && byPrefix(deps, record, hex);
}

function byPrefix({ metadata }: ResolveDeps, record: ImageRecord, hex: string): ResolvedImage {
  const prefix = `sha256:${hex}`;
  const found = { record, target: record.target, name: undefined, manifest: undefined };
  if (record.id.startsWith(prefix)) return found;
  for (const { digest } of metadata.images.targetsOf(record.id)) {
    if (digest.startsWith(prefix)) return { ...found, target: digest };
    const manifests = metadata.images.manifestsOf(digest);
    const manifest = manifests.find(
      ({ descriptor, config }) => descriptor.digest.startsWith(prefix) || config?.startsWith(prefix) === true,
    );
    if (manifest !== undefined) return { ...found, target: digest, manifest: manifest.descriptor.digest };
  }
  return found;
}

/** Whether the words name this image by its ID rather than by a reference: decides how it is removed. */
export function isIdOf(words: string, id: ImageId): boolean {
  return words !== "" && (id.startsWith(words) || id.startsWith(`sha256:${words}`));
}

function fail(error: Error): never {
  throw error;
}
