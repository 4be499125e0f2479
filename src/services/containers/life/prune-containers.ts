import { isEngineError } from "#errors";
import { hasLabel } from "#images";
import type { ContainerDeps } from "../container-deps.ts";
import type { ContainerPruneRequest, ContainerPruneResult } from "../types.ts";
import { containerSizes } from "../look/container-sizes.ts";
import { removeContainer } from "./remove-container.ts";

/** Removes everything that does not run. What somebody starts or removes meanwhile is left to them. */
export async function pruneContainers(deps: ContainerDeps, request: ContainerPruneRequest = {}): Promise<ContainerPruneResult> {
  const { until, labels = [], notLabels = [] } = request;
  const removed: string[] = [];
  let reclaimed = 0;
  for (const container of deps.containers.all()) {
    const { id, isRunning, record } = container;
    const isWanted = (label: string): boolean => hasLabel(record.config.Labels, label);
    if (isRunning || (until !== undefined && Date.parse(record.created) > until.getTime())) continue;
    if (!labels.every(isWanted) || (notLabels.length > 0 && notLabels.every(isWanted))) continue;
    const { changes } = await containerSizes(deps, container);
    try {
      await removeContainer(deps, id);
    } catch (error) {
      if (!isEngineError(error)) throw error;
      continue;
    }
    removed.push(id);
    reclaimed += changes;
  }
  deps.events.publish({ type: "container", action: "prune", actor: { id: "", attributes: { reclaimed: String(reclaimed) } } });
  return { removed, reclaimed };
}
