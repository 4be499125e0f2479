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
import { readImageGraph } from "./image-graph.ts";
import type { GraphManifest, ImageGraph } from "./image-graph.ts";
import { imageIdOf, recordImage } from "./record-image.ts";

/**
 * Makes every record again from the stored blobs, and the names from their journal. Manifests that no index
 * contains become images of their own; damaged blobs are told of and left out.
 */
export async function rebuildRecords(deps: ImageDeps, journal: readonly NameRecord[], warn: (message: string) => void): Promise<void> {
  const { content } = deps;
  const { digests } = await content.list();
  if (digests.length === 0) return;
  const documents = new Map<Digest, { document: ManifestDocument; size: number }>();
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
    await rebuildImage(deps, target, names).catch((error: unknown) => {
      if (!isEngineError(error)) throw error;
      warn(`image ${digest}: ${error.message}; it is left out`);
    });
  }
}

/** Returns what is wrong with a blob, after recording what it is. */
async function recordBlob(
  deps: ImageDeps,
  digest: Digest,
  documents: Map<Digest, { document: ManifestDocument; size: number }>,
): Promise<string | undefined> {
  const { content, metadata, layers } = deps;
  const blob = await content.examine(digest);
  if (blob.digest !== digest) return "its bytes are damaged";
  metadata.transaction(() => {
    metadata.blobs.put(digest, blob.size);
    if (blob.layer !== undefined) metadata.blobs.putLayer(digest, blob.layer.diffId, blob.layer.unpackedSize);
  });
  if (blob.layer !== undefined) await layers.put(blob.layer.diffId, blob.layer.index);
  if (blob.layer !== undefined || blob.size > MAX_MANIFEST_SIZE) return undefined;
  const document = asManifest(await content.read(digest, MAX_MANIFEST_SIZE));
  if (document !== undefined) documents.set(digest, { document, size: blob.size });
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

async function rebuildImage(deps: ImageDeps, target: Descriptor, names: readonly NameRecord[]): Promise<void> {
  const graph = await readImageGraph(target, async ({ digest, mediaType }) => {
    if (deps.metadata.blobs.find(digest) === undefined) return undefined;
    return deps.content.read(digest, isImageConfigType(mediaType) ? MAX_CONFIG_SIZE : MAX_MANIFEST_SIZE);
  });
  const ids = new Set(names.map((name) => name.image));
  const chosen = choose(deps, graph, ids);
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
