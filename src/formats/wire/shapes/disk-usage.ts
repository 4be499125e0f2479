import type { BuildCacheJson } from "./build-cache.ts";
import type { ContainerSummaryJson } from "./container.ts";
import type { ImageSummaryJson } from "./image-summary.ts";

/**
 * `GET /system/df`. Below 1.52 the first five members, `null` for a type that was not asked for (or absent);
 * since 1.52 also the usages, and with `verbose` only those.
 */
export interface DiskUsageJson {
  /** Bytes of all layers, each counted once. */
  readonly LayersSize?: number;
  /** With real `SharedSize` and `Containers` in every version. */
  readonly Images?: readonly ImageSummaryJson[] | null;
  readonly Containers?: readonly ContainerSummaryJson[] | null;
  readonly Volumes?: readonly Readonly<Record<string, unknown>>[] | null;
  readonly BuildCache?: readonly BuildCacheJson[] | null;
  /** Bytes; 1.31 to 1.41. */
  readonly BuilderSize?: number;
  readonly ImageUsage?: UsageJson<ImageSummaryJson>;
  readonly ContainerUsage?: UsageJson<ContainerSummaryJson>;
  readonly VolumeUsage?: UsageJson<Readonly<Record<string, unknown>>>;
  readonly BuildCacheUsage?: UsageJson<BuildCacheJson>;
}

/** Since 1.52. Sizes in bytes; zero members are absent. */
export interface UsageJson<Item> {
  readonly ActiveCount?: number;
  readonly TotalCount?: number;
  readonly Reclaimable?: number;
  readonly TotalSize?: number;
  /** With `verbose`. */
  readonly Items?: readonly Item[];
}

/** What `type` of `GET /system/df` (1.42) may select. */
export type DiskUsageType = "container" | "image" | "volume" | "build-cache";
