import { createLimit } from "#async";
import { isEngineError } from "#errors";
import { resolveImage } from "#images";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";
import type { ContainerListRequest, ContainerSummary } from "../types.ts";
import { createContainerFilter } from "./container-filter.ts";
import { containerSizes } from "./container-sizes.ts";
import { describeStatus } from "./describe-status.ts";

/** Each is a walk through a container's files. */
const SIZES_AT_ONCE = 4;

/** Newest first. A limit, and filters by what containers do, are for all of them, running or not. */
export async function listContainers(deps: ContainerDeps, request: ContainerListRequest = {}): Promise<readonly ContainerSummary[]> {
  const { all = false, limit = 0, size = false, filters = {} } = request;
  const isWanted = createContainerFilter(deps, filters);
  const isAll = all || limit > 0 || filters.statuses !== undefined;
  const found = deps.containers.all().filter((container) => (isAll || container.isRunning) && isWanted(container));
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const inTurn = createLimit(SIZES_AT_ONCE);
  return Promise.all(
    shown.map(async (container) => {
      const sizes = size ? await inTurn(() => containerSizes(deps, container)) : undefined;
      const { record } = container;
      const health = container.health?.health;
      return { record, image: imageOf(deps, container), status: describeStatus(record, { now: deps.now(), health }), health, sizes };
    }),
  );
}

/** The name by which it was made, for as long as that stands for the same image. */
function imageOf(deps: ContainerDeps, { record: { image, config } }: Container): string {
  if (image === undefined) return config.Image;
  try {
    const { record, manifest } = resolveImage(deps, config.Image);
    // An index stands for the images of all its platforms.
    if (record.id === image || manifest !== undefined) return config.Image;
  } catch (error) {
    if (!isEngineError(error)) throw error;
  }
  return image;
}
