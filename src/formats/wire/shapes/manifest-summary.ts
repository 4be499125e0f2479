import type { DescriptorJson, PlatformJson } from "./descriptor.ts";
import type { ImageIdentityJson } from "./image-identity.ts";

/** One entry of an image's index, or its only manifest, stored here or not: `Manifests[]` of list and inspect. */
export type ManifestSummaryJson = ImageManifestSummaryJson | AttestationManifestSummaryJson | UnknownManifestSummaryJson;

interface AnyManifestSummaryJson {
  /** Digest of the manifest. */
  readonly ID: string;
  readonly Descriptor: DescriptorJson;
  /** Every blob of this manifest is stored. */
  readonly Available: boolean;
  /** Bytes: `Content` as stored, `Total` with what is unpacked. */
  readonly Size: { readonly Content: number; readonly Total: number };
}

export interface ImageManifestSummaryJson extends AnyManifestSummaryJson {
  readonly Kind: "image";
  readonly ImageData: {
    readonly Platform: PlatformJson;
    /** Since 1.54, when `identity` was asked for. */
    readonly Identity?: ImageIdentityJson;
    readonly Size: { readonly Unpacked: number };
    /** IDs of containers; `null` when there are none. */
    readonly Containers: readonly string[] | null;
  };
  readonly AttestationData?: never;
}

export interface AttestationManifestSummaryJson extends AnyManifestSummaryJson {
  readonly Kind: "attestation";
  /** `For`: digest of the manifest that the attestation speaks of. */
  readonly AttestationData: { readonly For: string };
  readonly ImageData?: never;
}

export interface UnknownManifestSummaryJson extends AnyManifestSummaryJson {
  readonly Kind: "unknown";
  readonly ImageData?: never;
  readonly AttestationData?: never;
}
