import type { HostConfig, HostResources, ThrottleDevice } from "#oci";
import type { DeviceRate, ResourceLimits } from "#runtime";

/** Microseconds. */
const PERIOD = 100_000;

/** Zero is Docker's way to say nothing. */
export function limitsOf(host: Pick<HostConfig, keyof HostResources>): ResourceLimits {
  const { NanoCpus: nano, PidsLimit: pids } = host;
  return {
    memory: host.Memory || undefined,
    memorySwap: host.MemorySwap || undefined,
    memoryReservation: host.MemoryReservation || undefined,
    memorySwappiness: host.MemorySwappiness ?? undefined,
    isOomKillDisabled: host.OomKillDisable === true ? true : undefined,
    cpuShares: host.CpuShares || undefined,
    cpuQuota: nano > 0 ? Math.round((nano * PERIOD) / 1e9) : host.CpuQuota || undefined,
    cpuPeriod: nano > 0 ? PERIOD : host.CpuPeriod || undefined,
    cpuRealtimePeriod: host.CpuRealtimePeriod || undefined,
    cpuRealtimeRuntime: host.CpuRealtimeRuntime || undefined,
    cpusetCpus: host.CpusetCpus || undefined,
    cpusetMems: host.CpusetMems || undefined,
    pids: pids === null || pids <= 0 ? undefined : pids,
    blkioWeight: host.BlkioWeight || undefined,
    blkioWeightDevices: (host.BlkioWeightDevice ?? []).map(({ Path: path, Weight: rate }) => ({ path, rate })),
    blkioReadBps: ratesOf(host.BlkioDeviceReadBps),
    blkioWriteBps: ratesOf(host.BlkioDeviceWriteBps),
    blkioReadIops: ratesOf(host.BlkioDeviceReadIOps),
    blkioWriteIops: ratesOf(host.BlkioDeviceWriteIOps),
  };
}

function ratesOf(devices: readonly ThrottleDevice[] | null): DeviceRate[] {
  return (devices ?? []).map(({ Path: path, Rate: rate }) => ({ path, rate }));
}
