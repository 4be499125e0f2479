import type { StagedBlob } from "#content";
import { isEngineError } from "#errors";
import {
  collectGarbage,
  familiarName,
  imageIdOf,
  publishImageEvent,
  readSoundGraph,
  readStored,
  recordImage,
  recordManifests,
  referrerDescriptor,
  wholeTarget,
} from "#images";
import type { CatalogChange, GraphManifest, Hold, ImageDeps, ImageGraph } from "#images";
import {
  algorithmOf,
  bestPlatform,
  createDigester,
  isForeignLayerType,
  isImageConfigType,
  MAX_CONFIG_SIZE,
  MAX_MANIFEST_SIZE,
  parseManifest,
  successors,
} from "#oci";
import type { Descriptor, Digest, ManifestDocument } from "#oci";
import { absorbParts } from "./absorb-parts.ts";
import type { PushedManifest, StoredManifest } from "./distribution.ts";
import { registryError } from "./errors.ts";
import type { ManifestReference, Repository } from "./names.ts";

const MAX_NAMED = 100;

export async function putManifest(
  deps: ImageDeps,
  repository: Repository,
  reference: ManifestReference,
  { bytes, mediaType, tags = [] }: PushedManifest,
): Promise<StoredManifest> {
  if (bytes.byteLength > MAX_MANIFEST_SIZE) throw registryError("SIZE_INVALID", `manifest is longer than ${MAX_MANIFEST_SIZE} bytes`);
  const document = parse(bytes, mediaType);
  const target: Descriptor = { mediaType: document.mediaType, digest: digestOfBytes(bytes, reference), size: bytes.byteLength };
  using hold = deps.holds.take();
  hold.add(target.digest);
  checkParts(deps, document, hold);
  const graph = await readGraph(deps, target, bytes);
  const allTags = reference.kind === "tag" ? [reference.tag, ...tags] : tags;
  const names = [...new Set(allTags.map((tag) => `${repository}:${tag}`))];
  const isHere = deps.metadata.blobs.find(target.digest) !== undefined;
  const staged = isHere ? [] : [await deps.content.stage(bytes, { digest: target.digest })];
  try {
    const blobs = new Map(staged.map((blob) => [blob.digest, blob]));
    await record(deps, repository, { graph, staged: blobs, names, document, bytes });
  } finally {
    await deps.content.discard(staged);
  }
  return { descriptor: target, subject: document.subject?.digest };
}

function parse(bytes: Uint8Array, mediaType: string): ManifestDocument {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    throw isEngineError(error, "invalid-argument") ? invalidManifest(error.message) : error;
  }
}

function digestOfBytes(bytes: Uint8Array, reference: ManifestReference): Digest {
  const digester = createDigester(reference.kind === "digest" ? algorithmOf(reference.digest) : undefined);
  digester.update(bytes);
  const digest = digester.digest();
  if (reference.kind === "digest" && digest !== reference.digest) {
    throw registryError("DIGEST_INVALID", "provided digest did not match uploaded content", [{ digest: reference.digest }]);
  }
  return digest;
}

/** All that a manifest names has to be here, so that whoever pulls it gets it; an index with gaps would fail only there. */
function checkParts({ metadata }: ImageDeps, document: ManifestDocument, hold: Hold): void {
  const missing: Digest[] = [];
  for (const { digest, size, mediaType } of successors(document)) {
    hold.add(digest);
    const stored = metadata.blobs.find(digest);
    if (stored === undefined) {
      if (!isForeignLayerType(mediaType)) missing.push(digest);
    } else if (stored !== size) throw invalidManifest(`${digest} has ${stored} bytes, not ${size}`);
  }
  if (missing.length === 0) return;
  const details = missing.slice(0, MAX_NAMED).map((digest) => ({ digest }));
  throw registryError("MANIFEST_BLOB_UNKNOWN", "manifest references a manifest or blob unknown to registry", details);
}

async function readGraph(deps: ImageDeps, target: Descriptor, bytes: Uint8Array): Promise<ImageGraph> {
  const { metadata } = deps;
  try {
    return await readSoundGraph(deps, target, async ({ digest, mediaType }) => {
      if (digest === target.digest) return bytes;
      const size = metadata.blobs.find(digest);
      const limit = isImageConfigType(mediaType) ? MAX_CONFIG_SIZE : MAX_MANIFEST_SIZE;
      return size === undefined || size > limit ? undefined : readStored(deps, digest, limit);
    });
  } catch (error) {
    throw isEngineError(error, "invalid-argument") ? invalidManifest(error.message) : error;
  }
}

interface Arrival {
  readonly graph: ImageGraph;
  readonly staged: ReadonlyMap<Digest, StagedBlob>;
  /** With tags. */
  readonly names: readonly string[];
  readonly document: ManifestDocument;
  readonly bytes: Uint8Array;
}

async function record(deps: ImageDeps, repository: Repository, { graph, staged, names, document, bytes }: Arrival): Promise<void> {
  const { metadata } = deps;
  const { target } = graph;
  const { subject } = document;
  const settle = (change: CatalogChange): void => {
    if (subject !== undefined) metadata.referrers.put(subject.digest, referrerDescriptor(target, document, bytes));
    metadata.uploads.release([target.digest, ...successors(document).map(({ digest }) => digest)]);
    absorbParts(deps, change, repository, partsOf(deps, graph));
  };
  // Known through what it speaks of, it needs no name, and no place among the images.
  const isRemark = subject !== undefined && names.length === 0 && metadata.names.reaches(repository, subject.digest);
  if (isRemark) return recordManifests(deps, { graph, staged }, settle);
  const chosen = choose(deps, graph);
  const image = { graph, chosen, staged, names: [...names, `${repository}@${target.digest}`] };
  const { released } = await recordImage(deps, image, settle);
  publishImageEvent(deps, "load", imageIdOf(chosen), familiarName(names[0] ?? `${repository}@${target.digest}`));
  await collectGarbage(deps, released);
}

/** Documents that are reached through the target from here on. */
function partsOf({ metadata }: ImageDeps, { target, documents }: ImageGraph): Digest[] {
  const remarks = metadata.referrers.of(target.digest, { after: "", limit: MAX_NAMED }).map(({ digest }) => digest);
  return [...[...documents.keys()].filter((digest) => digest !== target.digest), ...remarks];
}

/** The best manifest for this machine; failing that the first image; failing that an artifact. */
function choose({ hostPlatform }: ImageDeps, graph: ImageGraph): GraphManifest {
  const here = graph.manifests.filter(({ manifest }) => manifest !== undefined);
  const images = here.filter(({ record }) => record.kind === "image");
  const best = bestPlatform(images, ({ record }) => record.platform, hostPlatform) ?? images[0];
  return best ?? here.find(({ record }) => record.kind === "unknown") ?? wholeTarget(graph);
}

function invalidManifest(message: string): Error {
  return registryError("MANIFEST_INVALID", `manifest invalid: ${message}`);
}
