/** What a container has used since its start, and what it may use. Which of the optional ones are there depends on the kernel. */
export interface ContainerStats {
  readonly readAt: Date;
  readonly pids: { readonly current: number; readonly limit: number | undefined };
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  readonly blkio: BlkioStats;
  /** By interface, but for the loopback; undefined when the network is another's. */
  readonly networks: ReadonlyMap<string, NetworkStats> | undefined;
}

/** Nanoseconds. */
export interface CpuStats {
  readonly total: number;
  readonly kernel: number;
  readonly user: number;
  /** By processor, with version 1 of control groups. */
  readonly perCpu: readonly number[] | undefined;
  /** Of the whole machine, busy or not, over all its processors. */
  readonly system: number;
  readonly onlineCpus: number;
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledTime: number;
}

/** Bytes. */
export interface MemoryStats {
  readonly usage: number;
  /** The machine's memory when there is no limit. */
  readonly limit: number;
  /** With version 1 of control groups. */
  readonly maxUsage: number | undefined;
  readonly failCount: number | undefined;
  /** The kernel's own table. */
  readonly details: ReadonlyMap<string, number>;
}

export interface BlkioStats {
  readonly serviceBytes: readonly BlkioEntry[];
  /** With version 1 of control groups. */
  readonly serviced: readonly BlkioEntry[] | undefined;
}

export interface BlkioEntry {
  readonly major: number;
  readonly minor: number;
  /** In the kernel's spelling. */
  readonly op: string;
  readonly value: number;
}

export interface NetworkStats {
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly receiveErrors: number;
  readonly receiveDropped: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly sendErrors: number;
  readonly sendDropped: number;
}
