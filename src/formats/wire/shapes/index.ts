/**
 * The Engine API's JSON, as types: what the daemon writes and what clients read.
 *
 * A member that not every API version has says since or until which one it is there. Types only: nothing here
 * checks, defaults or converts.
 */
export type { AttestationJson } from "./attestation.ts";
export type { BuildCacheJson, BuildPruneJson } from "./build-cache.ts";
export type {
  BlkioEntryJson,
  BlkioStatsJson,
  ContainerStatsJson,
  CpuStatsJson,
  MemoryStatsJson,
  NetworkStatsJson,
} from "./container-stats.ts";
export type {
  ContainerConfigJson,
  ContainerInspectJson,
  ContainerStateJson,
  ContainerSummaryJson,
  EndpointJson,
  HealthJson,
  MountPointJson,
  NetworkSettingsJson,
  PortJson,
} from "./container.ts";
export type { DescriptorJson, PlatformJson } from "./descriptor.ts";
export type { DiskUsageJson, DiskUsageType, UsageJson } from "./disk-usage.ts";
export type { ErrorJson } from "./error.ts";
export type { EventJson } from "./event.ts";
export type { ExecJson } from "./exec.ts";
export type { HealthcheckJson, ImageConfigJson } from "./image-config.ts";
export type { ImageHistoryJson } from "./image-history.ts";
export type { ImageIdentityJson } from "./image-identity.ts";
export type { ImageInspectJson } from "./image-inspect.ts";
export type { ImagePruneJson, ImageRemovalJson } from "./image-removal.ts";
export type { ImageSearchJson } from "./image-search.ts";
export type { ImageSummaryJson } from "./image-summary.ts";
export type { CommitJson, InfoJson, PluginsJson, RegistryConfigJson, RegistryIndexJson, SwarmInfoJson } from "./info.ts";
export type {
  AttestationManifestSummaryJson,
  ImageManifestSummaryJson,
  ManifestSummaryJson,
  UnknownManifestSummaryJson,
} from "./manifest-summary.ts";
export type { NetworkJson } from "./network.ts";
export type { ErrorDetailJson, ProgressDetailJson, ProgressJson } from "./progress.ts";
export type { VersionComponentJson, VersionJson } from "./version.ts";
