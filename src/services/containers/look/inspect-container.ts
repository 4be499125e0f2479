import type { ContainerDeps } from "../container-deps.ts";
import type { ContainerDetail } from "../types.ts";

export async function inspectContainer(
  { containers }: ContainerDeps,
  name: string,
  _request: { readonly size?: boolean } = {},
): Promise<ContainerDetail> {
  const { record, folder } = containers.get(name);
  return { record, pid: 0, health: undefined, folder, execIds: [], sizes: undefined };
}
