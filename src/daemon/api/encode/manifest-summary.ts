import type { ManifestSummary } from "#images";
import type { DescriptorJson, ManifestSummaryJson, PlatformJson } from "#wire";
import type { Descriptor, Platform } from "#oci";

/** One entry of an index, stored here or not. `Total` is what Docker calls the size on disk: as stored plus unpacked. */
export function encodeManifestSummary(summary: ManifestSummary): ManifestSummaryJson {
  const common = {
    ID: summary.descriptor.digest,
    Descriptor: encodeDescriptor(summary.descriptor),
    Available: summary.available,
    Size: { Content: summary.contentSize, Total: summary.contentSize + summary.unpackedSize },
  };
  switch (summary.kind) {
    case "image":
      return {
        ...common,
        Kind: "image",
        ImageData: {
          Platform: encodePlatform(summary.platform),
          Size: { Unpacked: summary.unpackedSize },
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

function encodePlatform(platform: Platform | undefined): PlatformJson {
  const { os = "", architecture = "", variant, "os.version": osVersion, "os.features": osFeatures } = platform ?? {};
  return {
    architecture,
    os,
    ...(osVersion !== undefined && { "os.version": osVersion }),
    ...(osFeatures !== undefined && { "os.features": osFeatures }),
    ...(variant !== undefined && { variant }),
  };
}
