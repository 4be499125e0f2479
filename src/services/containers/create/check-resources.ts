import { invalidArgument } from "#errors";
import type { HostConfig, HostResources } from "#oci";
import { checkCpu as checkCpuLimits, checkMemory as checkMemoryLimits } from "#runtime";
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
  checkMemoryLimits({ memory: memory || undefined, memorySwap: swap });
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

function checkCpu(host: HostResources, machine: Machine): void {
  const { NanoCpus: nano, CpuPeriod: period, CpuQuota: quota, CpuShares: shares } = host;
  const { cpus } = machine;
  if (nano !== 0 && period > 0) throw invalidArgument("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (nano !== 0 && quota > 0) throw invalidArgument("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  if (nano < 0 || nano > cpus * 1e9) {
    throw invalidArgument(`range of CPUs is from 0.01 to ${cpus.toFixed(2)}, as there are only ${cpus} CPUs available`);
  }
  const { CpusetCpus: cpusetCpus, CpusetMems: cpusetMems } = host;
  checkCpuLimits({ cpuShares: shares, cpuPeriod: period || undefined, cpuQuota: quota, cpusetCpus, cpusetMems }, machine);
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
