import { defaultSeccomp } from "./seccomp.ts";
import type { ExtraMount, RunSpec } from "../run-spec.ts";
import { processConfig } from "./process-config.ts";
import type { ProcessFacts } from "./process-config.ts";
import { limitResources } from "./resources.ts";

/** What the machine adds to a spec. */
export interface BundleFacts {
  readonly process: ProcessFacts;
  readonly cgroupsPath: string;
  /** Path of the network namespace to join; undefined for a new one. */
  readonly networkNamespace: string | undefined;
  /** Whether swap can be limited. */
  readonly limitsSwap: boolean;
  /** With version 2 of control groups a process sees only its own, as in Docker. */
  readonly hasCgroup2: boolean;
  readonly hostsFile: string;
  readonly resolvFile: string;
  /** Node's name for it. */
  readonly architecture: string;
}

const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;
/** More than any build needs, and few enough that a fork bomb leaves the machine some. */
const DEFAULT_PIDS = 8192;

const MASKED_PATHS = words(`
  /proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats
  /proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap
`);

const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** null, zero, full, random, urandom, tty, console: a process may use them, and make any node it likes. */
const DEVICES = [
  { allow: false, access: "rwm" },
  ...["c", "b"].map((type) => ({ allow: true, type, access: "m" })),
  ...[
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 1],
  ].map(([major, minor]) => ({ allow: true, type: "c", major, minor, access: "rwm" })),
];

/** Of RUN --mount=type=tmpfs. */
export const TMPFS_MODE = 0o1777;

interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

const SEALED = ["nosuid", "noexec", "nodev"];

/** The runtime's `config.json`: what Docker gives a container, with the network, limits and mounts of this process. */
export function bundleConfig(spec: RunSpec, facts: BundleFacts): object {
  const isInsecure = spec.isInsecure ?? false;
  return {
    ociVersion: "1.0.2",
    process: processConfig(facts.process),
    root: { path: spec.root },
    hostname: spec.hostname,
    mounts: [...systemMounts(spec), ...fileMounts(facts), ...extraMounts(spec.mounts ?? [])],
    linux: {
      ...(spec.network === "host"
        ? {}
        : { sysctl: { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" } }),
      cgroupsPath: facts.cgroupsPath,
      namespaces: namespaces(spec, facts),
      resources: {
        devices: isInsecure ? [{ allow: true, access: "rwm" }] : DEVICES,
        ...limitResources({ pids: DEFAULT_PIDS, ...spec.limits }, facts),
      },
      ...(isInsecure ? {} : { maskedPaths: MASKED_PATHS, readonlyPaths: READONLY_PATHS, seccomp: defaultSeccomp(facts.architecture) }),
    },
  };
}

function systemMounts({ shmSize = DEFAULT_SHM_SIZE, isInsecure = false }: RunSpec): Mount[] {
  const readonly = isInsecure ? [] : ["ro"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: SEALED },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SEALED, ...readonly] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...SEALED, ...readonly] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: SEALED },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: [...SEALED, "mode=1777", `size=${shmSize}`] },
  ];
}

/** Writable, as Docker has them: what a process writes there is its own and goes with it. */
function fileMounts({ hostsFile, resolvFile }: BundleFacts): Mount[] {
  return [
    { destination: "/etc/resolv.conf", type: "bind", source: resolvFile, options: ["bind", "rprivate"] },
    { destination: "/etc/hosts", type: "bind", source: hostsFile, options: ["bind", "rprivate"] },
  ];
}

/** A mount must not hide one inside it. */
function extraMounts(mounts: readonly ExtraMount[]): Mount[] {
  return mounts.map(extraMount).sort((a, b) => depthOf(a.destination) - depthOf(b.destination));
}

function extraMount(mount: ExtraMount): Mount {
  const { target: destination, type } = mount;
  if (type === "bind") {
    return { destination, type, source: mount.source, options: ["rbind", "rprivate", ...(mount.isReadonly ? ["ro"] : [])] };
  }
  const size = mount.size === undefined ? [] : [`size=${mount.size}`];
  return { destination, type, source: "tmpfs", options: ["nosuid", "nodev", `mode=${TMPFS_MODE.toString(8)}`, ...size] };
}

function depthOf(path: string): number {
  return path.split("/").filter((name) => name !== "").length;
}

function namespaces({ network }: RunSpec, { networkNamespace, hasCgroup2 }: BundleFacts): object[] {
  const own = ["mount", "uts", "pid", "ipc", ...(hasCgroup2 ? ["cgroup"] : [])].map((type) => ({ type }));
  if (network === "host") return own;
  return [...own, networkNamespace === undefined ? { type: "network" } : { type: "network", path: networkNamespace }];
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
