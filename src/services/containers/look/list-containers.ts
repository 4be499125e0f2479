import type { ContainerDeps } from "../container-deps.ts";
import type { ContainerListRequest, ContainerSummary } from "../types.ts";
import { describeStatus } from "./describe-status.ts";

export async function listContainers(
  { containers, now }: ContainerDeps,
  { all = false }: ContainerListRequest = {},
): Promise<readonly ContainerSummary[]> {
  return containers
    .all()
    .filter(({ isRunning }) => all || isRunning)
    .map(({ record }) => ({
      record,
      image: record.config.Image,
      status: describeStatus(record, now()),
      health: undefined,
      sizes: undefined,
    }));
}
