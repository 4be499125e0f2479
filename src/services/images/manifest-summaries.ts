import type { Digest, ImageId } from "#oci";
import type { ManifestRecord } from "#metadata";
import type { ImageDeps } from "./image-deps.ts";
import type { ManifestSummary } from "./types.ts";

type SummaryDeps = Pick<ImageDeps, "metadata" | "users">;

/** Every manifest of a target, in its order, also those whose content is not here. */
export function manifestSummaries(deps: SummaryDeps, image: ImageId, target: Digest): ManifestSummary[] {
  return deps.metadata.images.manifestsOf(target).map((record) => summarise(deps, image, record));
}

function summarise({ metadata, users }: SummaryDeps, image: ImageId, record: ManifestRecord): ManifestSummary {
  const { descriptor, kind, platform, attestationFor, config } = record;
  const stored = metadata.blobs.closure(descriptor.digest);
  return {
    descriptor,
    available: metadata.blobs.isComplete(descriptor.digest),
    kind,
    contentSize: stored.reduce((sum, blob) => sum + blob.size, 0),
    unpackedSize: stored.reduce((sum, blob) => sum + (metadata.blobs.findLayer(blob.digest)?.size ?? 0), 0),
    platform,
    attestationFor,
    containers: config === image ? users.usersOf(image).map((user) => user.containerId) : [],
  };
}
