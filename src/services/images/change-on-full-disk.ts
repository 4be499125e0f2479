import { isEngineError } from "#errors";
import type { CatalogChange } from "./catalog.ts";
import type { ImageDeps } from "./image-deps.ts";

/**
 * A transaction that only takes away, on disk when this resolves. On a full disk it gets the reserve, because
 * the database must grow before space can come back; what pulls have left unfinished makes room for everything after it.
 */
export async function changeOnFullDisk<T>(
  deps: Pick<ImageDeps, "catalog" | "content" | "metadata" | "reserve">,
  work: (change: CatalogChange) => T,
): Promise<T> {
  const result = await attempt();
  await deps.metadata.durable();
  return result;

  async function attempt(): Promise<T> {
    try {
      return deps.catalog.change(work);
    } catch (error) {
      if (!isEngineError(error, "unavailable")) throw error;
      deps.reserve.release();
      await deps.content.partial.remove();
      return deps.catalog.change(work);
    } finally {
      void deps.reserve.fill();
    }
  }
}
