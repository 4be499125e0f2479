import type { RootChange } from "#snapshots";
import type { ContainerDeps } from "../container-deps.ts";
import { rootRequest } from "../life/mount-root.ts";

/** Sorted by path. */
export async function containerChanges(
  deps: ContainerDeps,
  name: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<readonly RootChange[]> {
  const container = deps.containers.get(name);
  return container.whileThere(async () => {
    const request = await rootRequest(deps, container, signal);
    container.requireThere();
    return deps.snapshots.changes(request);
  });
}
