import type { ContainerSummary } from "#containers";
import type { EngineUsage as DiskUsage, VolumeUsage } from "#engine";
import type { ListedImage } from "#images";
import type { BuildCacheJson, ContainerSummaryJson, DiskUsageJson, DiskUsageType, ImageSummaryJson, UsageJson } from "#wire";
import { encodeBuildCache } from "./build-cache.ts";
import { encodeContainerSummary } from "./container-summary.ts";
import { createEncoder } from "./encoder.ts";
import type { Row } from "./encoder.ts";
import { encodeUsedVolume } from "./volume.ts";
import { encodeUsedImage } from "./image-summary.ts";

export interface DiskUsageAnswer {
  readonly usage: DiskUsage;
  /** Empty stands for all. */
  readonly types: ReadonlySet<DiskUsageType>;
  /** Since 1.52: only the new members, with their items. */
  readonly isVerbose: boolean;
}

type UsageRow = Row<DiskUsageAnswer, DiskUsageJson>;

/** Up to 1.51 what was not asked for is `null`; later it is not there. */
const LEGACY: readonly UsageRow[] = [
  ["LayersSize", (answer) => (has(answer, "image") ? answer.usage.layersSize : 0), { until: "1.52" }],
  ["LayersSize", (answer) => legacy(answer, "image", () => answer.usage.layersSize || undefined), { since: "1.52" }],
  ["Images", (answer, version) => (has(answer, "image") ? imagesOf(answer, version) : null), { until: "1.52" }],
  ["Images", (answer, version) => legacy(answer, "image", () => imagesOf(answer, version)), { since: "1.52" }],
  ["Containers", (answer, version) => (has(answer, "container") ? containersOf(answer, version) : null), { until: "1.52" }],
  ["Containers", (answer, version) => legacy(answer, "container", () => containersOf(answer, version)), { since: "1.52" }],
  ["Volumes", (answer) => (has(answer, "volume") ? volumesOf(answer) : null), { until: "1.52" }],
  ["Volumes", (answer) => legacy(answer, "volume", () => volumesOf(answer)), { since: "1.52" }],
  ["BuildCache", (answer, version) => (has(answer, "build-cache") ? cacheOf(answer, version) : null), { until: "1.52" }],
  ["BuildCache", (answer, version) => legacy(answer, "build-cache", () => cacheOf(answer, version)), { since: "1.52" }],
  ["BuilderSize", ({ usage }) => sizeOf(usage.buildCache) || undefined, { since: "1.31", until: "1.42" }],
];

/** `GET /system/df`. */
export const encodeDiskUsage = createEncoder<DiskUsageAnswer, DiskUsageJson>([
  ...LEGACY,
  ["ImageUsage", (answer, version) => (has(answer, "image") ? imageUsage(answer, version) : undefined), { since: "1.52" }],
  ["ContainerUsage", (answer, version) => (has(answer, "container") ? containerUsage(answer, version) : undefined), { since: "1.52" }],
  ["VolumeUsage", (answer, version) => (has(answer, "volume") ? volumeUsage(answer, version) : undefined), { since: "1.52" }],
  ["BuildCacheUsage", (answer, version) => (has(answer, "build-cache") ? cacheUsage(answer, version) : undefined), { since: "1.52" }],
]);

function has({ types }: DiskUsageAnswer, type: DiskUsageType): boolean {
  return types.size === 0 || types.has(type);
}

function legacy<T>(answer: DiskUsageAnswer, type: DiskUsageType, value: () => T): T | undefined {
  return has(answer, type) && !answer.isVerbose ? value() : undefined;
}

function imagesOf({ usage }: DiskUsageAnswer, version: string): readonly ImageSummaryJson[] {
  return usage.images.map((listed) => encodeUsedImage(listed, version));
}

function containersOf({ usage }: DiskUsageAnswer, version: string): readonly ContainerSummaryJson[] {
  return usage.containers.map((container) => encodeContainerSummary(container, version));
}

function cacheOf({ usage }: DiskUsageAnswer, version: string): readonly BuildCacheJson[] {
  return usage.buildCache.map((item) => encodeBuildCache(item, version));
}

function sizeOf(items: readonly { readonly size: number }[]): number {
  return items.reduce((sum, { size }) => sum + size, 0);
}

const cacheUsage = createEncoder<DiskUsageAnswer, UsageJson<BuildCacheJson>>([
  ["ActiveCount", ({ usage }) => usage.buildCache.filter(({ isInUse }) => isInUse).length || undefined],
  ["TotalCount", ({ usage }) => usage.buildCache.length || undefined],
  ["Reclaimable", ({ usage }) => sizeOf(usage.buildCache.filter(({ isInUse, isShared }) => !isInUse && !isShared)) || undefined],
  ["TotalSize", ({ usage }) => sizeOf(usage.buildCache) || undefined],
  ["Items", (answer, version) => (answer.isVerbose && answer.usage.buildCache.length > 0 ? cacheOf(answer, version) : undefined)],
]);

/** Go leaves out what is zero. */
const imageUsage = createEncoder<DiskUsageAnswer, UsageJson<ImageSummaryJson>>([
  ["ActiveCount", ({ usage }) => usage.images.filter(isActive).length || undefined],
  ["TotalCount", ({ usage }) => usage.images.length || undefined],
  ["Reclaimable", ({ usage }) => reclaimable(usage.images) || undefined],
  ["TotalSize", ({ usage }) => usage.layersSize || undefined],
  ["Items", (answer, version) => (answer.isVerbose && answer.usage.images.length > 0 ? imagesOf(answer, version) : undefined)],
]);

const containerUsage = createEncoder<DiskUsageAnswer, UsageJson<ContainerSummaryJson>>([
  ["ActiveCount", ({ usage }) => usage.containers.filter(isRunning).length || undefined],
  ["TotalCount", ({ usage }) => usage.containers.length || undefined],
  ["Reclaimable", ({ usage }) => changesOf(usage.containers.filter((container) => !isRunning(container))) || undefined],
  ["TotalSize", ({ usage }) => changesOf(usage.containers) || undefined],
  ["Items", (answer, version) => (answer.isVerbose && answer.usage.containers.length > 0 ? containersOf(answer, version) : undefined)],
]);

function isRunning({ record: { state } }: ContainerSummary): boolean {
  return state.status === "running" || state.status === "paused";
}

function changesOf(containers: readonly ContainerSummary[]): number {
  return containers.reduce((sum, { sizes }) => sum + (sizes?.changes ?? 0), 0);
}

function isActive({ containers }: ListedImage): boolean {
  return containers > 0;
}

function reclaimable(images: readonly ListedImage[]): number {
  return images.reduce((sum, listed) => (isActive(listed) ? sum : sum + listed.image.size - (listed.sharedSize ?? 0)), 0);
}

const volumeUsage = createEncoder<DiskUsageAnswer, UsageJson<Readonly<Record<string, unknown>>>>([
  ["ActiveCount", ({ usage }) => usage.volumes.filter(isUsed).length || undefined],
  ["TotalCount", ({ usage }) => usage.volumes.length || undefined],
  ["Reclaimable", ({ usage }) => sizeOf(usage.volumes.filter((volume) => !isUsed(volume))) || undefined],
  ["TotalSize", ({ usage }) => sizeOf(usage.volumes) || undefined],
  ["Items", (answer) => (answer.isVerbose && answer.usage.volumes.length > 0 ? volumesOf(answer) : undefined)],
]);

function volumesOf({ usage }: DiskUsageAnswer): readonly Readonly<Record<string, unknown>>[] {
  return usage.volumes.map(encodeUsedVolume);
}

function isUsed({ users }: VolumeUsage): boolean {
  return users.length > 0;
}
