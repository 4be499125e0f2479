import { LayerIndex } from "#archive";
import { dataLoss, isEngineError } from "#errors";
import type { DiffId, Digest } from "#oci";
import type { ImageDeps } from "./image-deps.ts";

/** What is inside a stored layer. An index that is lost or damaged is made again from the blob. */
export async function layerIndex(
  deps: Pick<ImageDeps, "content" | "layers">,
  { diffId, blob }: { readonly diffId: DiffId; readonly blob: Digest },
): Promise<LayerIndex> {
  const known = await deps.layers.find(diffId);
  try {
    if (known !== undefined) return LayerIndex.open(known);
  } catch (error) {
    if (!isEngineError(error, "data-loss")) throw error;
  }
  const { layer, digest, notLayer } = await deps.content.examine(blob);
  if (digest !== blob) throw dataLoss(`content ${blob}: the stored bytes are damaged`);
  if (layer === undefined) throw dataLoss(`content ${blob}: it is not a layer (${notLayer ?? "unknown"})`);
  await deps.layers.put(diffId, layer.index);
  return LayerIndex.open(layer.index);
}
