import { invalidArgument } from "#errors";
import type { HostConfig, HostResources } from "#oci";
import { parseNumberList } from "./number-list.ts";
import type { Machine } from "./machine.ts";

const LEAST_MEMORY = 6 * 1024 * 1024;

/** How much a container may take, before it is made and when that is changed. Gives warnings. @throws invalid-argument. */
export function checkResources(host: HostResources & Partial<Pick<HostConfig, "OomScoreAdj">>, machine: Machine): string[] {
  const warnings: string[] = [];
  checkMemory(host, machine, warnings);
  checkCpu(host, machine);
  checkBlockIo(host, machine, warnings);
  const { OomScoreAdj: adjustment = 0 } = host;
  if (adjustment < -1000 || adjustment > 1000) {
    throw invalidArgument(`Invalid value ${adjustment}, range for oom score adj is [-1000, 1000]`);
  }
  return warnings;
}

function checkMemory(host: HostResources, { hasCgroup2 }: Machine, warnings: string[]): void {
  const { Memory: memory, MemorySwap: swap, MemorySwappiness: swappiness, MemoryReservation: reservation } = host;
  if (memory !== 0 && memory < LEAST_MEMORY) throw invalidArgument("Minimum memory limit allowed is 6MB");
  if (memory > 0 && swap > 0 && swap < memory) {
    throw invalidArgument("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (memory === 0 && swap > 0) throw invalidArgument("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (swappiness !== null && (swappiness < -1 || swappiness > 100)) {
    throw invalidArgument(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  }
  if (swappiness !== null && swappiness !== -1 && hasCgroup2) {
    warnings.push("Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.");
  }
  if (reservation !== 0 && reservation < LEAST_MEMORY) throw invalidArgument("Minimum memory reservation allowed is 6MB");
  if (memory > 0 && reservation > memory) {
    throw invalidArgument("Minimum memory limit can not be less than memory reservation limit, see usage");
  }
  if (host.OomKillDisable === true && hasCgroup2) {
    warnings.push("Your kernel does not support OomKillDisable. OomKillDisable discarded.");
  } else if (host.OomKillDisable === true && memory === 0) {
    warnings.push(
      "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.",
    );
  }
}

function checkCpu(host: HostResources, { cpus, onlineCpus, onlineMemoryNodes }: Machine): void {
  const { NanoCpus: nano, CpuPeriod: period, CpuQuota: quota, CpuShares: shares } = host;
  if (nano !== 0 && period > 0) throw invalidArgument("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (nano !== 0 && quota > 0) throw invalidArgument("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  if (nano < 0 || nano > cpus * 1e9) {
    throw invalidArgument(`range of CPUs is from 0.01 to ${cpus.toFixed(2)}, as there are only ${cpus} CPUs available`);
  }
  if (shares < 0) throw invalidArgument(`invalid CPU shares (${shares}): value must be a positive integer`);
  if (period !== 0 && (period < 1000 || period > 1_000_000)) {
    throw invalidArgument("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  }
  if (quota > 0 && quota < 1000) throw invalidArgument("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  checkSet(host.CpusetCpus, onlineCpus, { field: "cpuset cpus", what: "CPUs" });
  checkSet(host.CpusetMems, onlineMemoryNodes, { field: "cpuset mems", what: "memory nodes" });
}

function checkSet(text: string, online: string, { field, what }: { readonly field: string; readonly what: string }): void {
  const wanted = parseNumberList(text);
  if (wanted === undefined) throw invalidArgument(`Invalid value ${text} for ${field}: invalid format: ${text}`);
  const there = parseNumberList(online) ?? new Set();
  if ([...wanted].every((number) => there.has(number))) return;
  throw invalidArgument(`Requested ${what} are not available - requested ${text}, available: ${online}`);
}

function checkBlockIo({ BlkioWeight: weight, BlkioWeightDevice: devices }: HostResources, machine: Machine, warnings: string[]): void {
  if (weight > 0 && !machine.hasBlockWeight) {
    warnings.push("Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.");
  } else if (weight > 0 && (weight < 10 || weight > 1000)) {
    throw invalidArgument("Range of blkio weight is from 10 to 1000");
  }
  if ((devices?.length ?? 0) > 0 && !machine.hasBlockWeight) {
    warnings.push("Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.");
  }
}
