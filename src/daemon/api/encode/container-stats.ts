import type { StatsSample } from "#containers";
import type { BlkioEntryJson, BlkioStatsJson, ContainerStatsJson, CpuStatsJson, MemoryStatsJson, NetworkStatsJson } from "#wire";
import { formatTime, ZERO_TIME } from "./go-time.ts";

type Stats = NonNullable<StatsSample["current"]>;

/** One line of `GET /containers/{id}/stats`. What does not run uses nothing, which is said with zeros. */
export function encodeStats({ id, name, current, previous }: StatsSample): ContainerStatsJson {
  const networks = current?.networks;
  return {
    name: `/${name}`,
    id,
    read: current === undefined ? ZERO_TIME : formatTime(current.readAt),
    preread: previous === undefined ? ZERO_TIME : formatTime(previous.readAt),
    pids_stats: encodePids(current?.pids),
    blkio_stats: encodeBlkio(current?.blkio),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: encodeCpu(current?.cpu),
    precpu_stats: encodeCpu(previous?.cpu),
    memory_stats: encodeMemory(current?.memory),
    ...(networks !== undefined && networks.size > 0 && { networks: encodeNetworks(networks) }),
  };
}

function encodePids(pids: Stats["pids"] | undefined): ContainerStatsJson["pids_stats"] {
  if (pids === undefined) return {};
  return { current: pids.current, ...(pids.limit !== undefined && { limit: pids.limit }) };
}

/** The kernel counts bytes and operations; the other tables are of schedulers that are gone. */
function encodeBlkio(blkio: Stats["blkio"] | undefined): BlkioStatsJson {
  const none = blkio === undefined || blkio.serviced === undefined ? null : [];
  return {
    io_service_bytes_recursive: blkio === undefined ? null : entries(blkio.serviceBytes),
    io_serviced_recursive: blkio?.serviced === undefined ? null : entries(blkio.serviced),
    io_queue_recursive: none,
    io_service_time_recursive: none,
    io_wait_time_recursive: none,
    io_merged_recursive: none,
    io_time_recursive: none,
    sectors_recursive: none,
  };
}

function entries(list: Stats["blkio"]["serviceBytes"]): readonly BlkioEntryJson[] {
  return list.map(({ major, minor, op, value }) => ({ major, minor, op, value }));
}

function encodeCpu(cpu: Stats["cpu"] | undefined): CpuStatsJson {
  return {
    cpu_usage: {
      total_usage: cpu?.total ?? 0,
      ...(cpu?.perCpu !== undefined && { percpu_usage: cpu.perCpu }),
      usage_in_kernelmode: cpu?.kernel ?? 0,
      usage_in_usermode: cpu?.user ?? 0,
    },
    ...(cpu !== undefined && { system_cpu_usage: cpu.system, online_cpus: cpu.onlineCpus }),
    throttling_data: {
      periods: cpu?.periods ?? 0,
      throttled_periods: cpu?.throttledPeriods ?? 0,
      throttled_time: cpu?.throttledTime ?? 0,
    },
  };
}

function encodeMemory(memory: Stats["memory"] | undefined): MemoryStatsJson {
  if (memory === undefined) return {};
  return {
    usage: memory.usage,
    ...(memory.maxUsage !== undefined && { max_usage: memory.maxUsage }),
    stats: Object.fromEntries(memory.details),
    ...(memory.failCount !== undefined && memory.failCount > 0 && { failcnt: memory.failCount }),
    limit: memory.limit,
  };
}

function encodeNetworks(networks: NonNullable<Stats["networks"]>): Readonly<Record<string, NetworkStatsJson>> {
  const rows = Array.from(networks, ([name, stats]): [string, NetworkStatsJson] => [
    name,
    {
      rx_bytes: stats.receivedBytes,
      rx_packets: stats.receivedPackets,
      rx_errors: stats.receiveErrors,
      rx_dropped: stats.receiveDropped,
      tx_bytes: stats.sentBytes,
      tx_packets: stats.sentPackets,
      tx_errors: stats.sendErrors,
      tx_dropped: stats.sendDropped,
    },
  ]);
  return Object.fromEntries(rows);
}
