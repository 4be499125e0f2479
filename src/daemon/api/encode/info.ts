import type { CommitJson, InfoJson, RegistryConfigJson } from "#wire";
import type { ApiOptions, RegistryOptions } from "../api-options.ts";
import { createEncoder } from "./encoder.ts";
import type { Row } from "./encoder.ts";
import { formatTime } from "./go-time.ts";

export interface InfoFacts {
  readonly engineId: string;
  readonly dataRoot: string;
  readonly images: number;
  readonly containers: { readonly running: number; readonly paused: number; readonly stopped: number };
  readonly now: Date;
  readonly options: ApiOptions;
}

type InfoRow = Row<InfoFacts, InfoJson>;

const HUB = "https://index.docker.io/v1/";
const NO_SWARM = {
  NodeID: "",
  NodeAddr: "",
  LocalNodeState: "inactive",
  ControlAvailable: false,
  Error: "",
  RemoteManagers: null,
} as const;
const MULTI_PLATFORM = ["driver-type", "io.containerd.snapshotter.v1"] as const;
const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/** What containers run with, in Docker's names. */
const RUNTIME: readonly InfoRow[] = [
  ["Runtimes", () => ({ runc: { path: "runc" } })],
  ["DefaultRuntime", () => "runc"],
  ["Swarm", () => NO_SWARM],
  ["LiveRestoreEnabled", () => false],
  ["Isolation", () => ""],
  ["InitBinary", () => ""],
  ["ContainerdCommit", () => OLD_COMMIT, { until: "1.49" }],
  ["ContainerdCommit", () => COMMIT, { since: "1.49" }],
  ["RuncCommit", () => OLD_COMMIT, { until: "1.49" }],
  ["RuncCommit", () => COMMIT, { since: "1.49" }],
  ["InitCommit", () => OLD_COMMIT, { until: "1.49" }],
  ["InitCommit", () => COMMIT, { since: "1.49" }],
];
const COMMIT: CommitJson = { ID: "" };
const OLD_COMMIT: CommitJson = { ID: "", Expected: "" };

/** What every kernel in use can do. Clients print a warning for each that is false. */
const RESOURCES: readonly InfoRow[] = [
  ["MemoryLimit", () => true],
  ["SwapLimit", () => true],
  ["CpuCfsPeriod", () => true],
  ["CpuCfsQuota", () => true],
  ["CPUShares", () => true],
  ["CPUSet", () => true],
  ["PidsLimit", () => true],
  ["IPv4Forwarding", () => true],
  ["BridgeNfIptables", () => false, { until: "1.50" }],
  ["BridgeNfIp6tables", () => false, { until: "1.50" }],
];

/** `GET /info`. What typed clients read is there even where there is nothing to say. */
export const encodeInfo = createEncoder<InfoFacts, InfoJson>([
  ["ID", ({ engineId }) => engineId],
  ["Containers", ({ containers: { running, paused, stopped } }) => running + paused + stopped],
  ["ContainersRunning", ({ containers }) => containers.running],
  ["ContainersPaused", ({ containers }) => containers.paused],
  ["ContainersStopped", ({ containers }) => containers.stopped],
  ["Images", ({ images }) => images],
  // By these two clients know that the store keeps whole indexes, and ask for `manifests`.
  ["Driver", () => "overlayfs"],
  ["DriverStatus", () => [MULTI_PLATFORM]],
  ["Plugins", () => ({ Volume: ["local"], Network: ["bridge", "host", "null"], Authorization: null, Log: ["json-file", "local"] })],
  ...RESOURCES,
  ["Debug", ({ options }) => options.debug ?? false],
  ["NFd", () => -1],
  ["OomKillDisable", () => false],
  ["NGoroutines", () => -1],
  ["SystemTime", ({ now }) => formatTime(now)],
  ["LoggingDriver", () => "json-file"],
  ["CgroupDriver", () => "cgroupfs"],
  ["CgroupVersion", ({ options }) => options.host.cgroupVersion],
  ["NEventsListener", () => 0],
  ["KernelVersion", ({ options }) => options.host.kernelVersion],
  ["OperatingSystem", ({ options }) => options.host.operatingSystem],
  ["OSVersion", ({ options }) => options.host.osVersion],
  ["OSType", ({ options }) => options.host.os],
  ["Architecture", ({ options }) => options.host.machine],
  ["IndexServerAddress", () => HUB],
  ["RegistryConfig", ({ options }) => registryConfig(options.registries), { since: "1.47" }],
  ["RegistryConfig", ({ options }) => oldRegistryConfig(options.registries), { until: "1.47" }],
  ["NCPU", ({ options }) => options.host.cpus],
  ["MemTotal", ({ options }) => options.host.memory],
  ["GenericResources", () => null],
  ["DockerRootDir", ({ dataRoot }) => dataRoot],
  ["HttpProxy", () => ""],
  ["HttpsProxy", () => ""],
  ["NoProxy", () => ""],
  ["Name", ({ options }) => options.host.hostname],
  ["Labels", ({ options }) => options.labels?.() ?? []],
  ["ExperimentalBuild", () => false],
  ["ServerVersion", ({ options }) => options.version],
  ...RUNTIME,
  ["SecurityOptions", () => ["name=seccomp,profile=builtin"]],
  ["CDISpecDirs", () => [], { since: "1.44" }],
  ["FirewallBackend", () => ({ Driver: "none" }), { since: "1.49" }],
  ["DiscoveredDevices", () => [], { since: "1.50" }],
  ["Warnings", () => null],
]);

function oldRegistryConfig(options: RegistryOptions | undefined): RegistryConfigJson {
  return { AllowNondistributableArtifactsCIDRs: null, AllowNondistributableArtifactsHostnames: null, ...registryConfig(options) };
}

/** Hosts without TLS become entries of their own, ranges stay ranges; loopback never needs TLS. */
function registryConfig({ insecure = [], mirrors = [] }: Partial<RegistryOptions> = {}): RegistryConfigJson {
  const ranges = insecure.filter((host) => host.includes("/"));
  const hosts = insecure.filter((host) => !host.includes("/"));
  const entries = hosts.map((host) => [host, { Name: host, Mirrors: [], Secure: false, Official: false }] as const);
  const hub = { Name: "docker.io", Mirrors: mirrors, Secure: true, Official: true };
  return {
    IndexConfigs: Object.fromEntries([...entries, ["docker.io", hub] as const]),
    InsecureRegistryCIDRs: [...new Set([...ranges, ...LOOPBACK])],
    Mirrors: mirrors.length === 0 ? null : mirrors,
  };
}
