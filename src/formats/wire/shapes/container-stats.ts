/** `GET /containers/{id}/stats`: one measurement. Everything counts from the container's start. */
export interface ContainerStatsJson {
  readonly name: string;
  readonly id: string;
  /** RFC 3339; year 1 for a container that does not run. */
  readonly read: string;
  readonly preread: string;
  readonly pids_stats: { readonly current?: number; readonly limit?: number };
  readonly blkio_stats: BlkioStatsJson;
  readonly num_procs: number;
  readonly storage_stats: object;
  readonly cpu_stats: CpuStatsJson;
  readonly precpu_stats: CpuStatsJson;
  readonly memory_stats: MemoryStatsJson;
  /** By interface; absent without a network of its own. */
  readonly networks?: Readonly<Record<string, NetworkStatsJson>>;
}

export interface BlkioStatsJson {
  readonly io_service_bytes_recursive: readonly BlkioEntryJson[] | null;
  readonly io_serviced_recursive: readonly BlkioEntryJson[] | null;
  readonly io_queue_recursive: readonly BlkioEntryJson[] | null;
  readonly io_service_time_recursive: readonly BlkioEntryJson[] | null;
  readonly io_wait_time_recursive: readonly BlkioEntryJson[] | null;
  readonly io_merged_recursive: readonly BlkioEntryJson[] | null;
  readonly io_time_recursive: readonly BlkioEntryJson[] | null;
  readonly sectors_recursive: readonly BlkioEntryJson[] | null;
}

export interface BlkioEntryJson {
  readonly major: number;
  readonly minor: number;
  readonly op: string;
  readonly value: number;
}

/** Nanoseconds. */
export interface CpuStatsJson {
  readonly cpu_usage: {
    readonly total_usage: number;
    readonly percpu_usage?: readonly number[];
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: { readonly periods: number; readonly throttled_periods: number; readonly throttled_time: number };
}

/** Bytes. */
export interface MemoryStatsJson {
  readonly usage?: number;
  readonly max_usage?: number;
  readonly stats?: Readonly<Record<string, number>>;
  readonly failcnt?: number;
  readonly limit?: number;
}

export interface NetworkStatsJson {
  readonly rx_bytes: number;
  readonly rx_packets: number;
  readonly rx_errors: number;
  readonly rx_dropped: number;
  readonly tx_bytes: number;
  readonly tx_packets: number;
  readonly tx_errors: number;
  readonly tx_dropped: number;
}
