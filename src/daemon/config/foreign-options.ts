import type { OptionKind } from "./options.ts";

/** An option of dockerd that has nothing to act on here. Known by name, so that the refusal can say why. */
export interface ForeignOption {
  readonly flag: string;
  readonly short?: string;
  readonly key: string;
  readonly kind: OptionKind;
  /** Completes "it …". */
  readonly reason: string;
}

interface Topic {
  readonly reason: string;
  /** Flags that stand alone. */
  readonly switches?: string;
  /** Flags that take a value; `flag:key` where the file spells it differently. */
  readonly values?: string;
  /** Keys of the file without a flag. */
  readonly keys?: string;
}

const TOPICS: readonly Topic[] = [
  {
    reason: "sets up container networks",
    switches: "allow-direct-routing icc ip-forward ip-forward-no-drop ip-masq ip6tables iptables ipv6 userland-proxy",
    values:
      "bip bip6 bridge default-address-pool:default-address-pools default-gateway default-gateway-v6 default-network-opt:default-network-opts " +
      "dns dns-opt:dns-opts dns-search fixed-cidr fixed-cidr-v6 host-gateway-ip:host-gateway-ips ip mtu network-control-plane-mtu userland-proxy-path",
    keys: "firewall-backend",
  },
  {
    reason: "is about running containers",
    switches: "init live-restore no-new-privileges selinux-enabled",
    values:
      "add-runtime:runtimes cdi-spec-dir:cdi-spec-dirs cgroup-parent cpu-rt-period cpu-rt-runtime default-cgroupns-mode default-ipc-mode " +
      "default-runtime default-shm-size default-ulimit:default-ulimits exec-opt:exec-opts exec-root init-path seccomp-profile userns-remap",
  },
  { reason: "is about the logs of containers", values: "log-driver log-opt:log-opts" },
  { reason: "chooses a storage driver, and this store has none to choose from", values: "storage-driver storage-opt:storage-opts" },
  {
    reason: "is about containerd, which this engine does without",
    switches: "cri-containerd",
    values: "containerd containerd-namespace containerd-plugins-namespace:containerd-plugin-namespace",
  },
  { reason: "is about plugins", values: "authorization-plugin:authorization-plugins" },
  { reason: "is about swarm", values: "node-generic-resource:node-generic-resources swarm-default-advertise-addr" },
  { reason: "switches features of dockerd", switches: "experimental", values: "feature:features", keys: "builder" },
  { reason: "serves metrics, which this engine does not yet", values: "metrics-addr" },
  {
    reason: "is not read: set HTTP_PROXY, HTTPS_PROXY and NO_PROXY in the environment of the daemon",
    values: "http-proxy https-proxy no-proxy",
    keys: "proxies",
  },
  { reason: "is for an engine inside RootlessKit; slipwayd runs as an ordinary user as it is", switches: "rootless" },
  { reason: "colours the log, and slipwayd's has no colours", switches: "raw-logs" },
  { reason: "was removed from dockerd; the folder is given with data-root", values: "graph" },
  { reason: "was removed from dockerd; pages of other sites are never answered", values: "api-cors-header" },
  { reason: "lowers the API versions served, which slipwayd does not need", keys: "min-api-version" },
];

const SHORTS: Readonly<Record<string, string>> = { bridge: "b", "storage-driver": "s", graph: "g" };

export const FOREIGN_OPTIONS: readonly ForeignOption[] = TOPICS.flatMap(({ reason, switches, values }) => [
  ...words(switches).map((flag): ForeignOption => ({ flag, key: flag, kind: "switch", reason })),
  ...words(values).map((word): ForeignOption => {
    const [flag = word, key = flag] = word.split(":");
    const short = SHORTS[flag];
    return { flag, key, kind: "text", reason, ...(short === undefined ? {} : { short }) };
  }),
]);

/** Keys of a dockerd configuration file, with what they are about. */
export const FOREIGN_KEYS: ReadonlyMap<string, string> = new Map([
  ...FOREIGN_OPTIONS.map(({ key, reason }) => [key, reason] as const),
  ...TOPICS.flatMap(({ keys, reason }) => words(keys).map((key) => [key, reason] as const)),
]);

function words(text = ""): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}
