import type { ManifestSummary } from "#images";
import type { DescriptorJson, ManifestSummaryJson, PlatformJson } from "#wire";
import type { Descriptor, Platform } from "#oci";

/**
 * One entry of an index, stored here or not. `Total` is the API's size on disk: what is stored plus what is unpacked
 * beside it. Layers are used as they are stored, so nothing is unpacked.
 */
export function encodeManifestSummary(summary: ManifestSummary): ManifestSummaryJson {
  const common = {
    ID: summary.descriptor.digest,
    Descriptor: encodeDescriptor(summary.descriptor),
    Available: summary.available,
    Size: { Content: summary.contentSize, Total: summary.contentSize },
  };
  switch (summary.kind) {
    case "image":
      return {
        ...common,
        Kind: "image",
        ImageData: {
          Platform: encodePlatform(summary.platform),
          Size: { Unpacked: 0 },
          Containers: summary.containers.length === 0 ? null : summary.containers,
        },
      };
    case "attestation":
      return { ...common, Kind: "attestation", AttestationData: { For: summary.attestationFor ?? "" } };
    case "unknown":
      return { ...common, Kind: "unknown" };
  }
}

/** A descriptor's own members in the specification's order; what else the index said stays away. */
export function encodeDescriptor({ mediaType, digest, size, urls, annotations, platform, artifactType }: Descriptor): DescriptorJson {
  return {
    mediaType,
    digest,
    size,
    ...(urls !== undefined && urls.length > 0 && { urls }),
    ...(annotations !== undefined && { annotations }),
    ...(platform !== undefined && { platform: encodePlatform(platform) }),
    ...(artifactType !== undefined && { artifactType }),
  };
}

export function encodePlatform(platform: Platform | undefined): PlatformJson {
  const { os = "", architecture = "", variant, "os.version": osVersion, "os.features": osFeatures } = platform ?? {};
  return {
    architecture,
    os,
    ...(osVersion !== undefined && { "os.version": osVersion }),
    ...(osFeatures !== undefined && { "os.features": osFeatures }),
    ...(variant !== undefined && { variant }),
  };
}
