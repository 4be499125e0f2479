import { conflict, EngineError, isEngineError, notImplemented } from "#errors";
import type { HostConfig, HostResources, RestartPolicy } from "#oci";
import { checkResources } from "../create/check-resources.ts";
import { checkRestartPolicy } from "../create/check-host.ts";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import type { Container } from "../container.ts";
import { limitsOf } from "./limits-of.ts";

/** What is left out, or zero, stays as it is. */
export interface UpdateRequest {
  readonly resources: HostResources;
  readonly restartPolicy: RestartPolicy;
}

/** Changes what a container may take, at once when it runs. Gives warnings. @throws invalid-argument, conflict. */
export async function updateContainer(deps: ContainerDeps, name: string, request: UpdateRequest): Promise<readonly string[]> {
  const { resources, restartPolicy } = request;
  checkRestartPolicy({ RestartPolicy: restartPolicy, AutoRemove: false });
  const warnings = checkResources(resources, deps.machine);
  const container = deps.containers.get(name);
  if (restartPolicy.Name !== "" && restartPolicy.Name !== "no") {
    throw notImplemented(
      `the restart policy "${restartPolicy.Name}" is not implemented by slipway: it starts containers when it is asked to`,
    );
  }
  try {
    await container.inTurn(async () => {
      if (container.isBeingRemoved) throw conflict('container is marked for removal and cannot be "update"');
      const hostConfig = merge(container.record.hostConfig, resources);
      await updateProcess(container, hostConfig);
      await container.change({ hostConfig }, { lasting: true });
    });
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw new EngineError(error.kind, `Cannot update container ${container.id}: ${error.message}`, { cause: error });
  }
  publishContainerEvent(deps, "update", container);
  return warnings;
}

/** What has just ended has no limits. */
async function updateProcess({ process }: Container, hostConfig: HostConfig): Promise<void> {
  try {
    await process?.update(limitsOf(hostConfig));
  } catch (error) {
    if (!isEngineError(error, "not-found")) throw error;
  }
}

/** @throws conflict for what contradicts what was said before. */
function merge(now: HostConfig, wanted: HostResources): HostConfig {
  if (wanted.NanoCpus !== 0 && (now.CpuQuota > 0 || now.CpuPeriod > 0)) {
    throw conflict(
      `Conflicting options: Nano CPUs cannot be updated as CPU ${now.CpuPeriod > 0 ? "Period" : "Quota"} has already been set`,
    );
  }
  if (wanted.CpuQuota !== 0 && now.NanoCpus > 0) {
    throw conflict("Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
  }
  if (wanted.CpuPeriod !== 0 && now.NanoCpus > 0) {
    throw conflict("Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
  }
  const swap = wanted.MemorySwap === 0 ? now.MemorySwap : wanted.MemorySwap;
  if (wanted.Memory !== 0 && wanted.MemorySwap === 0 && swap >= 0 && wanted.Memory > swap) {
    throw conflict("Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
  }
  const numbers = ["CpuShares", "Memory", "NanoCpus", "CpuPeriod", "CpuQuota", "MemoryReservation", "MemorySwap", "BlkioWeight"] as const;
  const changed = Object.fromEntries(numbers.filter((name) => wanted[name] !== 0).map((name) => [name, wanted[name]]));
  const { CpusetCpus, CpusetMems, PidsLimit } = wanted;
  return {
    ...now,
    ...changed,
    ...(CpusetCpus !== "" && { CpusetCpus }),
    ...(CpusetMems !== "" && { CpusetMems }),
    ...(PidsLimit !== null && { PidsLimit: PidsLimit <= 0 ? 0 : PidsLimit }),
  };
}
