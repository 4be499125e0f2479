import type { ContainerDeps } from "../container-deps.ts";
import type { ContainerDetail } from "../types.ts";
import { containerSizes } from "./container-sizes.ts";

export async function inspectContainer(
  deps: ContainerDeps,
  name: string,
  { size = false }: { readonly size?: boolean } = {},
): Promise<ContainerDetail> {
  const container = deps.containers.get(name);
  const { record, folder, process } = container;
  const sizes = size ? await containerSizes(deps, container) : undefined;
  return {
    record,
    pid: process?.pid ?? 0,
    health: container.health?.health,
    folder,
    execIds: deps.execs.activeOf(record.id).map(({ id }) => id),
    sizes,
  };
}
