import type { ImageDetail } from "#images";
import type { ImageInspectJson } from "#wire";
import { encodeContainerConfig } from "./container-config.ts";
import { createEncoder } from "./encoder.ts";
import { formatTime, tidyTime, ZERO_TIME } from "./go-time.ts";
import { encodeDescriptor, encodeManifestSummary } from "./manifest-summary.ts";

const DIFF_IDS = "layers";

/** `GET /images/{name}/json`. */
export const encodeImageInspect = createEncoder<ImageDetail, ImageInspectJson>([
  ["Id", ({ id }) => id],
  ["RepoTags", ({ names }) => names],
  ["RepoDigests", ({ digests }) => digests],
  ["Parent", ({ parent = "" }) => parent, { until: "1.52" }],
  ["Parent", ({ parent }) => parent, { since: "1.52" }],
  ["Comment", (detail) => commentOf(detail) ?? "", { until: "1.52" }],
  ["Comment", commentOf, { since: "1.52" }],
  ["Created", ({ config }) => tidyTime(config.created ?? ZERO_TIME), { until: "1.44" }],
  ["Created", ({ config }) => config.created && tidyTime(config.created), { since: "1.44" }],
  ["Container", ({ config }) => config.container, { until: "1.45" }],
  // As it was written by whoever built the image; for an image that nobody built, what Go prints for an empty one.
  ["ContainerConfig", ({ config }, version) => config.containerConfig ?? encodeContainerConfig({}, version), { until: "1.45" }],
  ["DockerVersion", ({ config }) => config.dockerVersion ?? "", { until: "1.52" }],
  ["DockerVersion", ({ config }) => config.dockerVersion, { since: "1.52" }],
  ["Author", ({ config }) => config.author ?? "", { until: "1.52" }],
  ["Author", ({ config }) => config.author, { since: "1.52" }],
  ["Config", ({ config }, version) => encodeContainerConfig(config.config, version)],
  ["Architecture", ({ config }) => config.architecture],
  ["Variant", ({ config }) => config.variant],
  ["Os", ({ config }) => config.os],
  ["OsVersion", ({ config }) => config.osVersion],
  ["Size", ({ size }) => size],
  ["VirtualSize", ({ size }) => size, { until: "1.44" }],
  // Nothing is unpacked, so there are no directories to tell of; this is what multi-platform stores say.
  ["GraphDriver", () => ({ Data: null, Name: "overlayfs" }), { until: "1.52" }],
  ["RootFS", ({ config: { diffIds } }) => (diffIds.length === 0 ? { Type: DIFF_IDS } : { Type: DIFF_IDS, Layers: diffIds })],
  ["Metadata", ({ lastTagged }) => ({ LastTagTime: lastTagged === undefined ? ZERO_TIME : formatTime(lastTagged) })],
  ["Descriptor", ({ descriptor }) => encodeDescriptor(descriptor), { since: "1.48" }],
  ["Manifests", ({ manifests }) => manifests?.map(encodeManifestSummary), { since: "1.48" }],
]);

/** An image without a comment of its own shows the one of its last step. */
function commentOf({ config }: ImageDetail): string | undefined {
  return config.comment ?? config.history.at(-1)?.comment;
}
