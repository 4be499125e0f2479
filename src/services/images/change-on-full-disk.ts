import { isEngineError } from "#errors";
import type { CatalogChange } from "./catalog.ts";
import type { ImageDeps } from "./image-deps.ts";

type ReserveDeps = Pick<ImageDeps, "content" | "reserve">;

/** A transaction that only takes away, on disk when this resolves; also on a full one. */
export async function changeOnFullDisk<T>(
  deps: ReserveDeps & Pick<ImageDeps, "catalog" | "metadata">,
  work: (change: CatalogChange) => T,
): Promise<T> {
  const result = await onFullDisk(deps, () => deps.catalog.change(work));
  await deps.metadata.durable();
  return result;
}

/**
 * Work that takes away, and that a full disk may fail: it gets the reserve then, because the database must grow before
 * space can come back; what pulls have left unfinished makes room for everything after it.
 */
export async function onFullDisk<T>(deps: ReserveDeps, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    if (!isEngineError(error, "unavailable")) throw error;
    deps.reserve.release();
    await deps.content.partial.remove();
    return work();
  } finally {
    void deps.reserve.fill();
  }
}
