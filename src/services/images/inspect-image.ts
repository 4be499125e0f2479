import type { ImageDeps } from "./image-deps.ts";
import { manifestSummaries } from "./manifest-summaries.ts";
import { resolveImage } from "./resolve-image.ts";
import { NO_CONFIG, ownManifest, readConfig, selectManifest } from "./select-manifest.ts";
import type { ImageDetail, InspectRequest } from "./types.ts";

type InspectDeps = Pick<ImageDeps, "catalog" | "metadata" | "users">;

export function inspectImage(deps: InspectDeps, name: string, request: InspectRequest = {}): ImageDetail {
  const { catalog, metadata } = deps;
  const image = resolveImage(deps, name);
  const { record } = image;
  const { platform } = request;
  const manifest = platform === undefined ? ownManifest(deps, image) : selectManifest(deps, image, platform, name, "strict");
  const config = manifest === undefined ? NO_CONFIG : readConfig(deps, manifest.config);
  const summary = catalog.summary(record);
  const target = metadata.images.targetsOf(record.id).find(({ digest }) => digest === image.target) ?? summary.target;
  const isPart = platform !== undefined || image.manifest !== undefined;
  return {
    id: manifest?.config ?? record.id,
    parent: record.parent,
    names: summary.names,
    digests: summary.digests,
    config,
    size: manifest === undefined || manifest.config === record.id ? record.size : sizeOf(deps, config.diffIds),
    lastTagged: record.lastTagged,
    descriptor: isPart && manifest !== undefined ? manifest.descriptor : target,
    manifests: request.manifests === true ? manifestSummaries(deps, record.id, image.target) : undefined,
  };
}

/** Bytes of the files in the layers that are here. */
export function sizeOf({ metadata }: Pick<ImageDeps, "metadata">, diffIds: ImageDetail["config"]["diffIds"]): number {
  return layerSizes({ metadata }, diffIds).reduce((sum, size) => sum + size, 0);
}

export function layerSizes({ metadata }: Pick<ImageDeps, "metadata">, diffIds: ImageDetail["config"]["diffIds"]): number[] {
  return diffIds.map((diffId) => {
    const blob = metadata.blobs.findLayerBlob(diffId);
    return blob === undefined ? 0 : (metadata.blobs.findLayer(blob.digest)?.size ?? 0);
  });
}
