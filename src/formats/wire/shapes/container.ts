import type { ContainerSettings, HostConfig } from "#oci";
import type { DescriptorJson } from "./descriptor.ts";

/** A place in a network. */
export interface EndpointJson {
  readonly IPAMConfig: null;
  readonly Links: null;
  readonly Aliases: readonly string[] | null;
  readonly MacAddress: string;
  readonly DriverOpts: null;
  readonly GwPriority: number;
  readonly NetworkID: string;
  readonly EndpointID: string;
  readonly Gateway: string;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly IPv6Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly DNSNames: readonly string[] | null;
}

export interface MountPointJson {
  readonly Type: string;
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

/** A row of `GET /containers/json`. */
export interface ContainerSummaryJson {
  readonly Id: string;
  /** With the slash before it. */
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  /** Since 1.48. */
  readonly ImageManifestDescriptor?: DescriptorJson;
  /** One line, with quotes where a word needs them. */
  readonly Command: string;
  /** Unix seconds. */
  readonly Created: number;
  readonly Ports: readonly PortJson[];
  /** Bytes; only when they were asked for and are not zero. */
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Labels: Readonly<Record<string, string>>;
  readonly State: string;
  readonly Status: string;
  /** Since 1.52. */
  readonly Health?: { readonly Status: string; readonly FailingStreak: number };
  readonly HostConfig: { readonly NetworkMode: string; readonly Annotations?: Readonly<Record<string, string>> };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, EndpointJson>> };
  readonly Mounts: readonly MountPointJson[];
}

export interface PortJson {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

export interface ContainerStateJson {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly Restarting: boolean;
  readonly OOMKilled: boolean;
  readonly Dead: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly Error: string;
  /** RFC 3339; year 1 for what has not happened. */
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Health?: HealthJson;
}

/** Only of containers with a health check. */
export interface HealthJson {
  readonly Status: string;
  readonly FailingStreak: number;
  readonly Log: readonly { readonly Start: string; readonly End: string; readonly ExitCode: number; readonly Output: string }[] | null;
}

/** `GET /containers/{id}/json`. */
export interface ContainerInspectJson {
  readonly Id: string;
  readonly Created: string;
  readonly Path: string;
  readonly Args: readonly string[];
  readonly State: ContainerStateJson;
  readonly Image: string;
  readonly ResolvConfPath: string;
  readonly HostnamePath: string;
  readonly HostsPath: string;
  readonly LogPath: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly Driver: string;
  readonly Platform: string;
  readonly MountLabel: string;
  readonly ProcessLabel: string;
  readonly AppArmorProfile: string;
  readonly ExecIDs: readonly string[] | null;
  readonly HostConfig: HostConfig;
  readonly GraphDriver?: { readonly Data: null; readonly Name: string };
  readonly Storage?: { readonly RootFS: { readonly Snapshot: { readonly Name: string } } };
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Mounts: readonly MountPointJson[];
  readonly Config: ContainerConfigJson;
  readonly NetworkSettings: NetworkSettingsJson;
  readonly ImageManifestDescriptor?: DescriptorJson;
}

/** `Config` of a container: what Docker always shows is there, empty if need be. */
export interface ContainerConfigJson extends Omit<ContainerSettings, "Env" | "Cmd" | "Volumes" | "Entrypoint" | "OnBuild" | "Labels"> {
  readonly Env: readonly string[] | null;
  readonly Cmd: readonly string[] | null;
  readonly Volumes: Readonly<Record<string, object>> | null;
  readonly Entrypoint: readonly string[] | null;
  readonly OnBuild?: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Since 1.52 only the last four: the others were of the one network that containers had once. */
export interface NetworkSettingsJson {
  readonly Bridge?: string;
  readonly HairpinMode?: boolean;
  readonly LinkLocalIPv6Address?: string;
  readonly LinkLocalIPv6PrefixLen?: number;
  readonly SecondaryIPAddresses?: null;
  readonly SecondaryIPv6Addresses?: null;
  readonly EndpointID?: string;
  readonly Gateway?: string;
  readonly GlobalIPv6Address?: string;
  readonly GlobalIPv6PrefixLen?: number;
  readonly IPAddress?: string;
  readonly IPPrefixLen?: number;
  readonly IPv6Gateway?: string;
  readonly MacAddress?: string;
  readonly SandboxID: string;
  readonly SandboxKey: string;
  readonly Ports: Readonly<Record<string, null>>;
  readonly Networks: Readonly<Record<string, EndpointJson>>;
}
