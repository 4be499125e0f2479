import type { ImageDetail, ImageSummary, ListedImage } from "#images";
import { digestOf } from "#oci";
import type { Descriptor } from "#oci";

export const TARGET: Descriptor = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf("manifest"), size: 401 };
export const ID = digestOf("config");

export function sampleSummary(part: Partial<ImageSummary> = {}): ImageSummary {
  return Object.freeze({
    id: ID,
    parent: undefined,
    names: ["my/img:1"],
    digests: [],
    created: 1_795_239_735,
    size: 3,
    labels: { a: "b" },
    target: TARGET,
    ...part,
  });
}

export function listed(image: ImageSummary, part: Partial<ListedImage> = {}): ListedImage {
  return { image, names: image.names, digests: image.digests, sharedSize: undefined, containers: 0, manifests: undefined, ...part };
}

export function sampleDetail(part: Partial<ImageDetail> = {}): ImageDetail {
  return {
    id: ID,
    parent: undefined,
    names: ["my/img:1"],
    digests: [],
    config: {
      os: "linux",
      architecture: "amd64",
      created: "2026-11-21T05:42:14.998980900+00:00",
      config: { Env: ["A=1"] },
      diffIds: [digestOf("layer")],
      hasRootfs: true,
      history: [{ comment: "Imported from -" }],
    },
    size: 3,
    lastTagged: undefined,
    descriptor: TARGET,
    manifests: undefined,
    ...part,
  };
}
