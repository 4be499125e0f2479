import { setImmediate as nextTurn } from "node:timers/promises";
import { createImageFilter } from "./image-filters.ts";
import type { ImageDeps } from "./image-deps.ts";
import { manifestSummaries } from "./manifest-summaries.ts";
import type { ListedImage, ListRequest, ManifestSummary } from "./types.ts";

type ListDeps = Pick<ImageDeps, "catalog" | "metadata" | "users">;

/** Looking into manifests asks the database; other requests get their turn after so many images. */
const TURN = 100;

/** Newest first. Reads memory only, unless manifests or shared sizes are asked for. */
export async function listImages(deps: ListDeps, request: ListRequest = {}): Promise<ListedImage[]> {
  const { catalog } = deps;
  const filter = createImageFilter(deps, request.filters ?? {});
  const shared = request.sharedSize === true ? deps.metadata.images.sharedSizes() : undefined;
  const rows: ListedImage[] = [];
  for (const record of catalog.newestFirst()) {
    const image = catalog.summary(record);
    if (request.all !== true && image.names.length === 0 && catalog.hasChildren(image.id)) continue;
    const shown = filter(image);
    if (shown === undefined) continue;
    rows.push({
      image,
      names: shown.names,
      digests: shown.digests,
      sharedSize: shared && (shared.get(image.id) ?? 0),
      containers: deps.users.usersOf(image.id).length,
      manifests: undefined,
    });
  }
  return request.manifests === true ? withManifests(deps, rows) : rows;
}

async function withManifests(deps: ListDeps, rows: readonly ListedImage[]): Promise<ListedImage[]> {
  const result: ListedImage[] = [];
  for (const row of rows) {
    const manifests: ManifestSummary[] = manifestSummaries(deps, row.image.id, row.image.target.digest);
    result.push({ ...row, manifests });
    if (result.length % TURN === 0) await nextTurn();
  }
  return result;
}
