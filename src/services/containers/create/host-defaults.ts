import type { HostConfig } from "#oci";
import type { Machine } from "./machine.ts";

const SHM_SIZE = 64 * 1024 * 1024;
/** What the kernel takes. */
const MAX_SHARES = 262_144;

/** What a container may not see of the machine, and what it may not write to. */
export const MASKED_PATHS: readonly string[] = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
export const READONLY_PATHS: readonly string[] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** Everything that Docker fills in when a container is made. */
export function withDefaults(given: HostConfig, { hasCgroup2, hasBlockWeight }: Machine): HostConfig {
  const isPrivileged = given.Privileged;
  return {
    ...given,
    NetworkMode: given.NetworkMode === "" || given.NetworkMode === "default" ? "bridge" : given.NetworkMode,
    LogConfig: { Type: given.LogConfig.Type || "json-file", Config: given.LogConfig.Config ?? {} },
    RestartPolicy: given.RestartPolicy.Name === "" ? { ...given.RestartPolicy, Name: "no" } : given.RestartPolicy,
    CgroupnsMode: given.CgroupnsMode || (hasCgroup2 && !isPrivileged ? "private" : "host"),
    IpcMode: given.IpcMode || "private",
    ShmSize: given.ShmSize || SHM_SIZE,
    SecurityOpt: isPrivileged && given.SecurityOpt === null ? ["label=disable"] : given.SecurityOpt,
    Runtime: given.Runtime || "runc",
    MemorySwap: given.Memory > 0 && given.MemorySwap === 0 ? given.Memory * 2 : given.MemorySwap,
    MemorySwappiness: given.MemorySwappiness === -1 || hasCgroup2 ? null : given.MemorySwappiness,
    OomKillDisable: hasCgroup2 ? null : (given.OomKillDisable ?? false),
    BlkioWeight: hasBlockWeight ? given.BlkioWeight : 0,
    BlkioWeightDevice: hasBlockWeight || given.BlkioWeightDevice === null ? given.BlkioWeightDevice : [],
    CpuShares: Math.min(given.CpuShares, MAX_SHARES),
    MaskedPaths: given.MaskedPaths ?? (isPrivileged ? null : MASKED_PATHS),
    ReadonlyPaths: given.ReadonlyPaths ?? (isPrivileged ? null : READONLY_PATHS),
  };
}
