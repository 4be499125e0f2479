import { changesSize } from "#snapshots";
import type { ContainerDeps } from "../container-deps.ts";
import type { Container } from "../container.ts";
import type { ContainerSizes } from "../types.ts";

/** Walks what the container changed; the image's part is on record. */
export async function containerSizes(
  { metadata }: Pick<ContainerDeps, "metadata">,
  { folder, record }: Container,
): Promise<ContainerSizes> {
  const changes = await changesSize(folder);
  const below = record.layers.reduce((sum, { blob }) => sum + (metadata.blobs.findLayer(blob)?.size ?? 0), 0);
  return { changes, rootFs: below + changes };
}
