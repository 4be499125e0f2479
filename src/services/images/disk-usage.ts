import type { ImageDeps } from "./image-deps.ts";
import { listImages } from "./list-images.ts";
import type { DiskUsage } from "./types.ts";

export async function diskUsage(deps: ImageDeps): Promise<DiskUsage> {
  return { layersSize: deps.metadata.images.layersSize(), images: await listImages(deps, { sharedSize: true }) };
}
