import { isEngineError } from "#errors";
import { isImageConfigType, parseImageConfig } from "#oci";
import type { Descriptor } from "#oci";
import type { ImageDeps } from "./image-deps.ts";
import { readImageGraph } from "./image-graph.ts";
import type { GraphManifest, ImageGraph, ReadDocument } from "./image-graph.ts";
import { checkLayers } from "./record-image.ts";

/**
 * As `readImageGraph` of what is stored, but a manifest that promises an image and holds none (a config that does not
 * parse, layers that are not the config's) counts as an artifact. Registries take such manifests, so they have to be
 * kept; only run they cannot be.
 */
export async function readSoundGraph(deps: Pick<ImageDeps, "metadata">, target: Descriptor, read: ReadDocument): Promise<ImageGraph> {
  const graph = await readImageGraph(target, async (descriptor) => {
    const bytes = await read(descriptor);
    return bytes !== undefined && isImageConfigType(descriptor.mediaType) && !isConfig(bytes) ? undefined : bytes;
  });
  return { ...graph, manifests: graph.manifests.map((manifest) => (isSound(deps, manifest) ? manifest : asArtifact(manifest))) };
}

function isConfig(bytes: Uint8Array): boolean {
  return succeeds(() => void parseImageConfig(bytes));
}

function isSound(deps: Pick<ImageDeps, "metadata">, manifest: GraphManifest): boolean {
  if (manifest.record.kind !== "image" || manifest.manifest === undefined) return true;
  const { blobs } = deps.metadata;
  const areLayers = manifest.manifest.layers.every(
    ({ digest }) => blobs.find(digest) === undefined || blobs.findLayer(digest) !== undefined,
  );
  return areLayers && manifest.config !== undefined && succeeds(() => checkLayers(deps, manifest, new Map()));
}

function asArtifact({ record, manifest }: GraphManifest): GraphManifest {
  return { record: { ...record, kind: "unknown", config: undefined }, manifest, config: undefined };
}

function succeeds(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) return false;
    throw error;
  }
}
