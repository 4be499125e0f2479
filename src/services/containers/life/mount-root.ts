import { decompress } from "#archive";
import { layerIndex } from "#images";
import { chainIds } from "#oci";
import type { Digest } from "#oci";
import type { MountedRoot, MountRequest, SnapshotLayer } from "#snapshots";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";
import { fillVolumes } from "../volumes/container-volumes.ts";
import { OWN_PLACES } from "../files/own-places.ts";

/** Mounts the container's files; unpacks the layers that nobody has unpacked yet. Who has it disposes of it. */
export function mountRoot(deps: ContainerDeps, container: Container, signal?: AbortSignal): Promise<MountedRoot> {
  return container.whileThere(async () => {
    const request = await rootRequest(deps, container, signal);
    // Asked in the same moment: a removal that begins from here on takes it down.
    container.requireThere();
    const mounted = await deps.snapshots.mount(request);
    try {
      await fillVolumes(deps, container, mounted.root);
      return mounted;
    } catch (error) {
      await mounted[Symbol.asyncDispose]();
      throw error;
    }
  });
}

/** The same at every mount, for whoever comes first mounts it for all. */
export async function rootRequest(
  deps: ContainerDeps,
  { record, folder }: Container,
  signal: AbortSignal | undefined,
): Promise<MountRequest> {
  return { chain: await layerChain(deps, record), place: folder, mountPoints: OWN_PLACES, signal };
}

/** The container's layers for whoever unpacks or merges them. */
export function layerChain(deps: ContainerDeps, { layers }: Container["record"]): Promise<readonly SnapshotLayer[]> {
  const chain = chainIds(layers.map(({ diffId }) => diffId));
  return Promise.all(
    layers.map(async (layer, number) => {
      const index = await layerIndex(deps, layer);
      return { chainId: chain[number] ?? layer.diffId, index, open: () => readLayer(deps, layer.blob) };
    }),
  );
}

async function* readLayer({ content }: ContainerDeps, digest: Digest): AsyncGenerator<Uint8Array> {
  await using blob = await content.open(digest);
  yield* decompress(blob.stream());
}
