import type { ImageConfig, ImageId, Platform } from "#oci";
import type { ImageDeps } from "./image-deps.ts";
import { layerSizes } from "./inspect-image.ts";
import { resolveImage } from "./resolve-image.ts";
import { ownManifest, readConfig, selectManifest } from "./select-manifest.ts";
import type { HistoryItem } from "./types.ts";

type HistoryDeps = Pick<ImageDeps, "catalog" | "metadata">;

/** Newest entry first. Entries without a layer, and layers that history does not account for, have size 0. */
export function imageHistory(deps: HistoryDeps, name: string, request: { readonly platform?: Platform } = {}): HistoryItem[] {
  const image = resolveImage(deps, name);
  const { platform } = request;
  const manifest = platform === undefined ? ownManifest(deps, image) : selectManifest(deps, image, platform, name, "lenient");
  if (manifest === undefined) return [];
  const entries = sizedEntries(deps, readConfig(deps, manifest.config)).reverse();
  const ids = lineage(deps, image.record.id);
  return entries.map((entry, index) => {
    const id = ids[index];
    return { ...entry, id, names: id === undefined ? [] : namesOf(deps, id) };
  });
}

function sizedEntries(deps: HistoryDeps, config: ImageConfig): Omit<HistoryItem, "id" | "names">[] {
  const sizes = layerSizes(deps, config.diffIds);
  let layer = 0;
  return config.history.map((entry) => {
    const size = entry.empty_layer === true ? 0 : (sizes[layer++] ?? 0);
    const created = Math.floor(Date.parse(entry.created ?? "") / 1000);
    return { created: Number.isNaN(created) ? 0 : created, createdBy: entry.created_by ?? "", comment: entry.comment ?? "", size };
  });
}

/** The image, and its parents as far as they are known: each stands for one entry of the history. */
function lineage({ catalog }: HistoryDeps, id: ImageId): ImageId[] {
  const ids: ImageId[] = [];
  for (let at: ImageId | undefined = id; at !== undefined && !ids.includes(at); at = catalog.find(at)?.parent) {
    if (catalog.find(at) !== undefined) ids.push(at);
  }
  return ids;
}

function namesOf({ catalog }: HistoryDeps, id: ImageId): readonly string[] {
  const record = catalog.find(id);
  return record === undefined ? [] : catalog.summary(record).names;
}
