import type { CacheUsage } from "#engine";
import type { BuildCacheJson } from "#wire";
import { createEncoder } from "./encoder.ts";
import { formatTime } from "./go-time.ts";

/** A row of `BuildCache` in `GET /system/df`. */
export const encodeBuildCache = createEncoder<CacheUsage, BuildCacheJson>([
  ["ID", ({ record }) => record.id],
  ["Parent", ({ record }) => record.parent, { until: "1.42" }],
  [" Parents", ({ record }) => (record.parent === undefined ? undefined : [record.parent]), { since: "1.42" }],
  ["Type", ({ record }) => record.kind],
  ["Description", ({ record }) => record.description],
  ["InUse", ({ isInUse }) => isInUse],
  ["Shared", ({ isShared }) => isShared],
  ["Size", ({ size }) => size],
  ["CreatedAt", ({ record }) => formatTime(record.created)],
  ["LastUsedAt", ({ record }) => (record.lastUsed === undefined ? null : formatTime(record.lastUsed))],
  ["UsageCount", ({ record }) => record.uses],
]);
