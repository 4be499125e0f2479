/** What of the machine decides what a container may ask for. */
export interface Machine {
  readonly hostname: string;
  readonly cpus: number;
  /** As Linux writes lists: `0-3,6`. */
  readonly onlineCpus: string;
  readonly onlineMemoryNodes: string;
  readonly hasCgroup2: boolean;
  readonly hasBlockWeight: boolean;
}
