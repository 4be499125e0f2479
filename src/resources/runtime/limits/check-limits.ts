import { invalidArgument } from "#errors";
import type { ResourceLimits } from "../run-spec.ts";
import { parseNumberList } from "./number-list.ts";

const LEAST_MEMORY = 6 * 1024 * 1024;

/** What there is of the machine, as Linux writes lists: `0-3,6`. */
export interface OnlineParts {
  readonly onlineCpus: string;
  readonly onlineMemoryNodes: string;
}

/** @throws invalid-argument, in Docker's words, for what no process can be given. */
export function checkMemory({ memory, memorySwap: swap = 0 }: Pick<ResourceLimits, "memory" | "memorySwap">): void {
  if (memory !== undefined && memory < LEAST_MEMORY) throw invalidArgument("Minimum memory limit allowed is 6MB");
  if (memory !== undefined && swap > 0 && swap < memory) {
    throw invalidArgument("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (memory === undefined && swap > 0) {
    throw invalidArgument("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
}

type CpuLimits = Pick<ResourceLimits, "cpuShares" | "cpuPeriod" | "cpuQuota" | "cpusetCpus" | "cpusetMems">;

/** @throws invalid-argument, in Docker's words, for what this machine cannot give. */
export function checkCpu(limits: CpuLimits, { onlineCpus, onlineMemoryNodes }: OnlineParts): void {
  const { cpuShares: shares = 0, cpuPeriod: period, cpuQuota: quota = 0 } = limits;
  if (shares < 0) throw invalidArgument(`invalid CPU shares (${shares}): value must be a positive integer`);
  if (period !== undefined && (period < 1000 || period > 1_000_000)) {
    throw invalidArgument("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  }
  if (quota > 0 && quota < 1000) throw invalidArgument("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  checkSet(limits.cpusetCpus, onlineCpus, { field: "cpuset cpus", what: "CPUs" });
  checkSet(limits.cpusetMems, onlineMemoryNodes, { field: "cpuset mems", what: "memory nodes" });
}

function checkSet(text = "", online: string, { field, what }: { readonly field: string; readonly what: string }): void {
  const wanted = parseNumberList(text);
  if (wanted === undefined) throw invalidArgument(`Invalid value ${text} for ${field}: invalid format: ${text}`);
  const there = parseNumberList(online) ?? new Set();
  if ([...wanted].every((number) => there.has(number))) return;
  throw invalidArgument(`Requested ${what} are not available - requested ${text}, available: ${online}`);
}
