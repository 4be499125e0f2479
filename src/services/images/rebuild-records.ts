import { isEngineError } from "#errors";
import {
  bestPlatform,
  isImageConfigType,
  isManifestType,
  isIndexType,
  MAX_CONFIG_SIZE,
  MAX_MANIFEST_SIZE,
  parseManifest,
  successors,
} from "#oci";
import type { Descriptor, Digest, ManifestDocument } from "#oci";
import type { NameRecord } from "#metadata";
import type { ImageDeps } from "./image-deps.ts";
import { wholeTarget } from "./image-graph.ts";
import type { GraphManifest, ImageGraph } from "./image-graph.ts";
import { imageIdOf, recordImage, recordManifests } from "./record-image.ts";
import { referrerDescriptor } from "./referrer-descriptor.ts";
import { readSoundGraph } from "./sound-graph.ts";

interface StoredDocument {
  readonly document: ManifestDocument;
  readonly size: number;
}

/**
 * Makes every record again from the stored blobs, and the names from their journal. Manifests that no index
 * contains, and that speak of no other, become images of their own; damaged blobs are told of and left out.
 */
export async function rebuildRecords(deps: ImageDeps, journal: readonly NameRecord[], warn: (message: string) => void): Promise<void> {
  const { content } = deps;
  const { digests } = await content.list();
  if (digests.length === 0) return;
  const documents = new Map<Digest, StoredDocument>();
  for (const digest of digests) {
    const problem = await recordBlob(deps, digest, documents);
    if (problem !== undefined) warn(`content ${digest}: ${problem}; it is left out`);
  }
  const contained = new Set([...documents.values()].flatMap(({ document }) => successors(document).map((child) => child.digest)));
  const targets = new Set([...journal.map((name) => name.target), ...[...documents.keys()].filter((digest) => !contained.has(digest))]);
  for (const digest of targets) {
    const root = documents.get(digest);
    if (root === undefined) continue;
    const target: Descriptor = { mediaType: root.document.mediaType, digest, size: root.size };
    const names = journal.filter((name) => name.target === digest);
    await rebuildTarget(deps, target, names, root.document.subject !== undefined && documents.has(root.document.subject.digest)).catch(
      (error: unknown) => {
        if (!isEngineError(error)) throw error;
        warn(`image ${digest}: ${error.message}; it is left out`);
      },
    );
  }
}

/** Returns what is wrong with a blob, after recording what it is. */
async function recordBlob(deps: ImageDeps, digest: Digest, documents: Map<Digest, StoredDocument>): Promise<string | undefined> {
  const { content, metadata, layers } = deps;
  const blob = await content.examine(digest);
  if (blob.digest !== digest) return "its bytes are damaged";
  metadata.transaction(() => {
    metadata.blobs.put(digest, blob.size);
    if (blob.layer !== undefined) metadata.blobs.putLayer(digest, blob.layer.diffId, blob.layer.unpackedSize);
  });
  if (blob.layer !== undefined) await layers.put(blob.layer.diffId, blob.layer.index);
  if (blob.layer !== undefined || blob.size > MAX_MANIFEST_SIZE) return undefined;
  const bytes = await content.read(digest, MAX_MANIFEST_SIZE);
  const document = asManifest(bytes);
  if (document === undefined) return undefined;
  documents.set(digest, { document, size: blob.size });
  const { subject, mediaType } = document;
  if (subject === undefined) return undefined;
  const referrer = referrerDescriptor({ mediaType, digest, size: blob.size }, document, bytes);
  metadata.transaction(() => metadata.referrers.put(subject.digest, referrer));
  return undefined;
}

function asManifest(bytes: Uint8Array): ManifestDocument | undefined {
  try {
    const document = parseManifest(bytes);
    const isPlausible = isIndexType(document.mediaType) || (isManifestType(document.mediaType) && document.kind === "manifest");
    return isPlausible ? document : undefined;
  } catch (error) {
    // Configs and statements are JSON too.
    if (isEngineError(error)) return undefined;
    throw error;
  }
}

async function rebuildTarget(deps: ImageDeps, target: Descriptor, names: readonly NameRecord[], hasSubject: boolean): Promise<void> {
  const graph = await readSoundGraph(deps, target, async ({ digest, mediaType }) => {
    if (deps.metadata.blobs.find(digest) === undefined) return undefined;
    return deps.content.read(digest, isImageConfigType(mediaType) ? MAX_CONFIG_SIZE : MAX_MANIFEST_SIZE);
  });
  if (hasSubject && names.length === 0) {
    await recordManifests(deps, { graph, staged: new Map() }, () => undefined);
    return;
  }
  // What has a name is wanted, even if nothing in it can stand for it.
  const chosen = choose(deps, graph, new Set(names.map((name) => name.image))) ?? (names.length > 0 ? wholeTarget(graph) : undefined);
  if (chosen === undefined) return;
  await recordImage(deps, { graph, chosen, staged: new Map(), names: names.map((name) => name.name) });
}

/** The manifest that the names meant; else the best for this machine; else whatever is there. */
function choose(deps: ImageDeps, graph: ImageGraph, ids: ReadonlySet<Digest>): GraphManifest | undefined {
  const here = graph.manifests.filter(({ manifest }) => manifest !== undefined);
  const images = here.filter(({ record, config }) => record.kind === "image" && config !== undefined);
  return (
    images.find((manifest) => ids.has(imageIdOf(manifest))) ??
    bestPlatform(images, ({ record }) => record.platform, deps.hostPlatform) ??
    images[0] ??
    here.find(({ record }) => record.kind === "unknown")
  );
}
