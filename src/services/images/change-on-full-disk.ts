import { isEngineError } from "#errors";
import type { CatalogChange } from "./catalog.ts";
import type { ImageDeps } from "./image-deps.ts";

/**
 * A transaction that only takes away, on disk when this resolves. On a full disk it gets the reserve, because
 * the database must grow before space can come back.
 */
export async function changeOnFullDisk<T>(
  deps: Pick<ImageDeps, "catalog" | "metadata" | "reserve">,
  work: (change: CatalogChange) => T,
): Promise<T> {
  const result = attempt();
  await deps.metadata.durable();
  return result;

  function attempt(): T {
    try {
      return deps.catalog.change(work);
    } catch (error) {
      if (!isEngineError(error, "unavailable")) throw error;
      deps.reserve.release();
      return deps.catalog.change(work);
    } finally {
      void deps.reserve.fill();
    }
  }
}
