import type { DescriptorJson } from "./descriptor.ts";
import type { ImageConfigJson } from "./image-config.ts";
import type { ImageIdentityJson } from "./image-identity.ts";
import type { ManifestSummaryJson } from "./manifest-summary.ts";

/** `GET /images/{name}/json`. */
export interface ImageInspectJson {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  /** Always there below 1.52, possibly empty; since then only when known. So are `Comment`, `DockerVersion`, `Author`. */
  readonly Parent?: string;
  readonly Comment?: string;
  readonly DockerVersion?: string;
  readonly Author?: string;
  /** RFC 3339. Without one: `0001-01-01T00:00:00Z` below 1.44, absent since. */
  readonly Created?: string;
  /** Below 1.45: the container that a classic build step was committed from. */
  readonly Container?: string;
  /** Below 1.45. */
  readonly ContainerConfig?: ImageConfigJson | null;
  readonly Config: ImageConfigJson;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly OsVersion?: string;
  /** Bytes. */
  readonly Size: number;
  /** Below 1.44: the same as `Size`. */
  readonly VirtualSize?: number;
  /** Always there below 1.52; since then only from stores that have one. */
  readonly GraphDriver?: { readonly Name: string; readonly Data: Readonly<Record<string, string>> | null };
  /** Diff IDs, base first; `Layers` is absent from an image without layers. */
  readonly RootFS: { readonly Type: string; readonly Layers?: readonly string[] };
  /** `0001-01-01T00:00:00Z` when the image was never tagged here. */
  readonly Metadata: { readonly LastTagTime: string };
  /** Since 1.48, multi-platform stores: the index or manifest; with `platform` that platform's manifest. */
  readonly Descriptor?: DescriptorJson;
  /** Since 1.48, when `manifests` was asked for. */
  readonly Manifests?: readonly ManifestSummaryJson[];
  /** Since 1.53. */
  readonly Identity?: ImageIdentityJson;
}
