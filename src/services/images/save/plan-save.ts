import { notFound } from "#errors";
import { digestOf, familiar, formatPlatform, canonical, MAX_MANIFEST_SIZE, MEDIA_TYPE, parseAnyReference, parseManifest } from "#oci";
import type { Descriptor, Digest, ImageId, ImageManifest, Platform } from "#oci";
import type { ManifestRecord } from "#metadata";
import { isWhole } from "../absent-layers.ts";
import { noSuchImage } from "../errors.ts";
import type { Hold } from "../holds.ts";
import { resolveImage, targetOf } from "../resolve-image.ts";
import type { ResolvedImage } from "../resolve-image.ts";
import { ownManifest, selectManifest } from "../select-manifest.ts";
import type { ImageManifestRecord } from "../select-manifest.ts";
import { readStored } from "../stored-blob.ts";
import type { StoredDeps } from "../stored-blob.ts";
import type { SaveRequest } from "../types.ts";

type SaveDeps = StoredDeps;

/** One image of the archive to be written. */
export interface SavedImage {
  readonly id: ImageId;
  readonly parent: ImageId | undefined;
  /** What `index.json` points at. Everything below it is in the archive. */
  readonly root: Descriptor;
  /** The index written for this archive, when the stored one refers to content that is not here. */
  readonly authored: Uint8Array | undefined;
  /** What `manifest.json` describes; absent for artifacts. */
  readonly docker: { readonly config: Digest; readonly manifest: ImageManifest } | undefined;
  /** Canonical references with tags, in order. */
  readonly tags: readonly string[];
}

/**
 * Decides what goes into the archive. Nothing is written before every name has been found.
 *
 * @param hold keeps what the names stand for now from being removed while it is looked at.
 */
export async function planSave(deps: SaveDeps, { names, platforms = [] }: SaveRequest, hold: Hold): Promise<SavedImage[]> {
  const requested = new Map<string, { image: ResolvedImage; words: string; tags: Set<string> }>();
  for (const words of names) {
    for (const { image, tag } of resolveForSave(deps, words)) {
      for (const { digest } of deps.metadata.blobs.closure(image.target)) hold.add(digest);
      const key = `${image.record.id} ${image.target} ${image.manifest ?? ""}`;
      const entry = requested.get(key) ?? { image, words, tags: new Set<string>() };
      if (tag !== undefined) entry.tags.add(tag);
      requested.set(key, entry);
    }
  }
  const planned: SavedImage[] = [];
  for (const { image, words, tags } of requested.values()) planned.push(await planImage(deps, image, words, [...tags].sort(), platforms));
  return planned;
}

/** A bare repository stands for all its tags; IDs and digests for the image without a tag. */
function resolveForSave(deps: SaveDeps, words: string): { image: ResolvedImage; tag: string | undefined }[] {
  const parsed = parseAnyReference(words);
  if (parsed.kind === "reference" && parsed.reference.tag === undefined && parsed.reference.digest === undefined) {
    const tags = deps.catalog.namesIn(parsed.reference.repository).filter(({ name }) => !name.includes("@"));
    if (tags.length > 0) return tags.map(({ name }) => ({ image: resolveImage(deps, name), tag: name }));
  }
  const image = resolveImage(deps, words);
  const isTag = parsed.kind === "reference" && parsed.reference.digest === undefined && image.name !== undefined;
  if (isTag && parsed.reference.tag !== undefined && image.name !== canonical(parsed.reference)) {
    throw noSuchImage(familiar(parsed.reference));
  }
  return [{ image, tag: isTag ? image.name : undefined }];
}

async function planImage(
  deps: SaveDeps,
  image: ResolvedImage,
  words: string,
  tags: readonly string[],
  platforms: readonly Platform[],
): Promise<SavedImage> {
  const { metadata } = deps;
  const chosen: ImageManifestRecord[] = [];
  for (const platform of platforms) chosen.push(await selectHere(deps, image, platform, words));
  const all = image.manifest === undefined ? metadata.images.manifestsOf(image.target) : [];
  const whole = chosen.length === 0 && image.manifest === undefined && (await isWhole(deps, image.target));
  const kept = chosen.length > 0 ? chosen : await thoseHere(deps, all.length > 0 ? all : manifestOf(deps, image));
  if (kept.length === 0)
    throw notFound(`no suitable export target found: image with reference ${words} was found but does not provide any platform`);
  const { root, authored } = whole ? { root: targetOf(deps, image), authored: undefined } : reduce(kept, all);
  const own = chosen[0] ?? ownManifest(deps, image);
  const shown =
    own !== undefined && (whole || kept.includes(own) || kept.some((one) => one.config === own.config)) ? own : kept.find(isImage);
  return { id: image.record.id, parent: image.record.parent, root, authored, docker: await describe(deps, shown), tags };
}

async function selectHere(deps: SaveDeps, image: ResolvedImage, platform: Platform, words: string): Promise<ImageManifestRecord> {
  const wrong = (): Error =>
    notFound(
      `no suitable export target found: image with reference ${words} was found but does not provide the specified platform (${formatPlatform(platform)})`,
    );
  let manifest: ImageManifestRecord;
  try {
    manifest = selectManifest(deps, image, platform, words, "strict");
  } catch {
    throw wrong();
  }
  if (!(await isWhole(deps, manifest.descriptor.digest))) throw wrong();
  return manifest;
}

function manifestOf({ metadata }: SaveDeps, image: ResolvedImage): ManifestRecord[] {
  return metadata.images.manifestsOf(image.target).filter(({ descriptor }) => descriptor.digest === image.manifest);
}

async function thoseHere(deps: SaveDeps, manifests: readonly ManifestRecord[]): Promise<ManifestRecord[]> {
  const here: ManifestRecord[] = [];
  for (const manifest of manifests) if (await isWhole(deps, manifest.descriptor.digest)) here.push(manifest);
  return here;
}

function isImage(record: ManifestRecord): record is ImageManifestRecord {
  return record.kind === "image" && record.config !== undefined;
}

/** An archive must not refer to what it does not hold: one manifest stands alone, several get an index of their own. */
function reduce(kept: readonly ManifestRecord[], all: readonly ManifestRecord[]): { root: Descriptor; authored: Uint8Array | undefined } {
  const images = kept.filter(isImage);
  const only = images.length <= 1 ? (images[0] ?? kept[0]) : undefined;
  if (only !== undefined) return { root: only.descriptor, authored: undefined };
  const digests = new Set(kept.map(({ descriptor }) => descriptor.digest));
  const manifests = all.filter(({ descriptor }) => digests.has(descriptor.digest)).map(({ descriptor }) => descriptor);
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests }));
  return { root: { mediaType: MEDIA_TYPE.ociIndex, digest: digestOf(bytes), size: bytes.byteLength }, authored: bytes };
}

async function describe(deps: SaveDeps, record: ImageManifestRecord | undefined): Promise<SavedImage["docker"]> {
  if (record === undefined) return undefined;
  const bytes = await readStored(deps, record.descriptor.digest, MAX_MANIFEST_SIZE);
  const manifest = parseManifest(bytes, record.descriptor.mediaType);
  return manifest.kind === "manifest" ? { config: record.config, manifest } : undefined;
}
