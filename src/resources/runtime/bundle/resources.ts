import type { ResourceLimits } from "../run-spec.ts";

/** What is limited of memory, processors, processes and input and output, as runtimes want it described. */
export function limitResources(limits: ResourceLimits, { limitsSwap }: { limitsSwap: boolean }): object {
  const { memory, memorySwap, cpuShares, cpuQuota, cpuPeriod, cpusetCpus, cpusetMems, pids } = limits;
  return given({
    // Docker's own rule: swap as large as the memory, unless something else is said.
    memory: given({ limit: memory, swap: memorySwap ?? (memory === undefined || !limitsSwap ? undefined : 2 * memory) }),
    cpu: given({ shares: cpuShares, quota: cpuQuota, period: cpuPeriod, cpus: cpusetCpus, mems: cpusetMems }),
    pids: given({ limit: pids }),
  });
}

/** What is there of it. */
function given(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
