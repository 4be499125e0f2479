import type { DescriptorJson } from "./descriptor.ts";
import type { ManifestSummaryJson } from "./manifest-summary.ts";

/** Element of `GET /images/json`, and of `Images` in `GET /system/df`. */
export interface ImageSummaryJson {
  readonly Id: string;
  /** Empty unless a classic build or a commit made the image here. */
  readonly ParentId: string;
  /** Never `null` since 1.43; before, `<none>:<none>` stands for an image without any reference. */
  readonly RepoTags: readonly string[] | null;
  /** Never `null` since 1.43; before, `<none>@<none>` stands for an image without any reference. */
  readonly RepoDigests: readonly string[] | null;
  /** Unix seconds; 0 when the config does not say. */
  readonly Created: number;
  /** Bytes. */
  readonly Size: number;
  /** Below 1.44: the same as `Size`. */
  readonly VirtualSize?: number;
  /** Bytes shared with other images; −1 when not computed (`shared-size`, since 1.42). */
  readonly SharedSize: number;
  readonly Labels: Readonly<Record<string, string>> | null;
  /** Containers that use the image; −1 when not computed (lists below 1.51). */
  readonly Containers: number;
  /** Since 1.48, multi-platform stores: the index, or the manifest if there is none. */
  readonly Descriptor?: DescriptorJson;
  /** Since 1.47, when `manifests` was asked for. */
  readonly Manifests?: readonly ManifestSummaryJson[];
}
