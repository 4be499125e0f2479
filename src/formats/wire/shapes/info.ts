/** `GET /info`: what image clients read of it. Members of containers, volumes and networks may be there as well. */
export interface InfoJson {
  /** A UUID of the engine's data. */
  readonly ID: string;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Driver: string;
  /** `["driver-type", "io.containerd.snapshotter.v1"]` tells clients that the store is multi-platform. */
  readonly DriverStatus: readonly (readonly [name: string, value: string])[] | null;
  readonly Plugins: PluginsJson;
  readonly Debug: boolean;
  /** RFC 3339 with nanoseconds. */
  readonly SystemTime: string;
  readonly CgroupDriver: string;
  readonly CgroupVersion?: string;
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly OSVersion: string;
  readonly OSType: string;
  /** The kernel's word: `x86_64`, `aarch64`. */
  readonly Architecture: string;
  readonly IndexServerAddress: string;
  readonly RegistryConfig: RegistryConfigJson | null;
  readonly NCPU: number;
  /** Bytes. */
  readonly MemTotal: number;
  readonly DockerRootDir: string;
  readonly HttpProxy: string;
  readonly HttpsProxy: string;
  readonly NoProxy: string;
  readonly Name: string;
  readonly Labels: readonly string[] | null;
  readonly ExperimentalBuild: boolean;
  readonly ServerVersion: string;
  /** `status` of a runtime since 1.44. */
  readonly Runtimes?: Readonly<Record<string, { readonly path?: string; readonly status?: Readonly<Record<string, string>> }>>;
  readonly DefaultRuntime: string;
  readonly Swarm: SwarmInfoJson;
  readonly LiveRestoreEnabled: boolean;
  readonly Isolation: string;
  readonly InitBinary: string;
  readonly ContainerdCommit: CommitJson;
  readonly RuncCommit: CommitJson;
  readonly InitCommit: CommitJson;
  readonly SecurityOptions: readonly string[] | null;
  readonly Warnings: readonly string[] | null;
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly CpuCfsPeriod?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly CPUShares?: boolean;
  readonly CPUSet?: boolean;
  readonly PidsLimit?: boolean;
  readonly OomKillDisable?: boolean;
  readonly IPv4Forwarding?: boolean;
  readonly NFd?: number;
  readonly NGoroutines?: number;
  readonly NEventsListener?: number;
  readonly LoggingDriver?: string;
  readonly GenericResources?: readonly unknown[] | null;
  /** Since 1.44. */
  readonly CDISpecDirs?: readonly string[];
  /** Since 1.46. */
  readonly Containerd?: { readonly Address: string; readonly Namespaces: { readonly Containers: string; readonly Plugins: string } };
  /** Since 1.49. */
  readonly FirewallBackend?: { readonly Driver: string; readonly Info?: readonly (readonly [string, string])[] };
  /** Below 1.50. */
  readonly BridgeNfIptables?: boolean;
  /** Below 1.50. */
  readonly BridgeNfIp6tables?: boolean;
  /** Since 1.50. */
  readonly DiscoveredDevices?: readonly unknown[];
  /** Since 1.53. */
  readonly NRI?: Readonly<Record<string, unknown>>;
}

export interface PluginsJson {
  readonly Volume: readonly string[] | null;
  readonly Network: readonly string[] | null;
  readonly Authorization: readonly string[] | null;
  readonly Log: readonly string[] | null;
}

export interface RegistryConfigJson {
  /** Below 1.49; always `null` by then. */
  readonly AllowNondistributableArtifactsCIDRs?: readonly string[] | null;
  /** Below 1.49; always `null` by then. */
  readonly AllowNondistributableArtifactsHostnames?: readonly string[] | null;
  readonly InsecureRegistryCIDRs: readonly string[];
  readonly IndexConfigs: Readonly<Record<string, RegistryIndexJson>>;
  readonly Mirrors: readonly string[] | null;
}

export interface RegistryIndexJson {
  readonly Name: string;
  readonly Mirrors: readonly string[];
  readonly Secure: boolean;
  readonly Official: boolean;
}

/** An engine outside a swarm is `inactive`, with empty strings and `null` managers. */
export interface SwarmInfoJson {
  readonly NodeID: string;
  readonly NodeAddr: string;
  readonly LocalNodeState: "inactive" | "pending" | "active" | "error" | "locked";
  readonly ControlAvailable: boolean;
  readonly Error: string;
  readonly RemoteManagers: readonly { readonly NodeID: string; readonly Addr: string }[] | null;
}

export interface CommitJson {
  readonly ID: string;
  /** Below 1.49. */
  readonly Expected?: string;
}
