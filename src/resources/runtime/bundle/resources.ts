import { stat } from "node:fs/promises";
import { internal } from "#errors";
import type { DeviceRate, ResourceLimits } from "../run-spec.ts";
import { deviceNumber } from "./devices.ts";

/**
 * What is limited of memory, processors, processes and input and output, as runtimes want it described.
 *
 * @throws internal, in Docker's words, for a device that is not there.
 */
export async function limitResources(limits: ResourceLimits, { limitsSwap }: { limitsSwap: boolean }): Promise<object> {
  const { memory, memoryReservation, memorySwappiness, isOomKillDisabled } = limits;
  const { cpuShares, cpuQuota, cpuPeriod, cpuRealtimeRuntime, cpuRealtimePeriod, cpusetCpus, cpusetMems } = limits;
  return given({
    memory: given({
      limit: memory,
      swap: limitsSwap ? swapOf(limits) : undefined,
      reservation: memoryReservation,
      swappiness: memorySwappiness,
      disableOOMKiller: isOomKillDisabled,
    }),
    cpu: given({
      shares: cpuShares,
      quota: cpuQuota,
      period: cpuPeriod,
      realtimeRuntime: cpuRealtimeRuntime,
      realtimePeriod: cpuRealtimePeriod,
      cpus: cpusetCpus,
      mems: cpusetMems,
    }),
    pids: given({ limit: limits.pids }),
    blockIO: given({
      weight: limits.blkioWeight,
      weightDevice: await onDevices(limits.blkioWeightDevices, "weight"),
      throttleReadBpsDevice: await onDevices(limits.blkioReadBps, "rate"),
      throttleWriteBpsDevice: await onDevices(limits.blkioWriteBps, "rate"),
      throttleReadIOPSDevice: await onDevices(limits.blkioReadIops, "rate"),
      throttleWriteIOPSDevice: await onDevices(limits.blkioWriteIops, "rate"),
    }),
  });
}

/** Docker's own rules: swap as large as the memory, unless something else is said; less than nothing is no limit. */
function swapOf({ memory, memorySwap }: ResourceLimits): number | undefined {
  if (memorySwap !== undefined) return Math.max(-1, memorySwap);
  return memory === undefined ? undefined : 2 * memory;
}

function onDevices(rates: readonly DeviceRate[] | undefined, name: "weight" | "rate"): Promise<object[]> | undefined {
  if (rates === undefined || rates.length === 0) return undefined;
  return Promise.all(rates.map(async ({ path, rate }) => ({ ...(await numberOf(path)), [name]: rate })));
}

async function numberOf(path: string): Promise<ReturnType<typeof deviceNumber>> {
  try {
    return deviceNumber((await stat(path)).rdev);
  } catch (error) {
    throw internal(`stat ${path}: no such file or directory`, { cause: error });
  }
}

/** What is there of it. */
function given(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
