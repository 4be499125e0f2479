import { exportRoot } from "#root-files";
import type { ContainerDeps } from "../container-deps.ts";
import { publishContainerEvent } from "../container-events.ts";
import { mountRoot } from "../life/mount-root.ts";

/** @throws not-found before the stream is read. */
export function exportContainer(
  deps: ContainerDeps,
  name: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncIterable<Uint8Array> {
  const container = deps.containers.get(name);
  return container.readWhileThere(async function* exported() {
    await using mounted = await mountRoot(deps, container, signal);
    publishContainerEvent(deps, "export", container);
    yield* exportRoot(mounted.root, { signal });
  });
}
