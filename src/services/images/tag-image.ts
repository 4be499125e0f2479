import { isEngineError, notFound } from "#errors";
import { familiar, canonical, parseTagTarget } from "#oci";
import type { ImageDeps } from "./image-deps.ts";
import { publishImageEvent } from "./image-events.ts";
import { resolveImage } from "./resolve-image.ts";
import type { ResolvedImage } from "./resolve-image.ts";

type TagDeps = Pick<ImageDeps, "catalog" | "metadata" | "events" | "now">;

/** Gives an image one more name; a name that stands for another image moves. */
export async function tagImage(
  deps: TagDeps,
  source: string,
  target: { readonly repository: string; readonly tag?: string },
): Promise<void> {
  const reference = parseTagTarget(target.repository, target.tag);
  const image = resolveSource(deps, source);
  deps.catalog.change((change) => {
    change.putName(canonical(reference), image.record.id, image.target);
    change.setLastTagged(image.record.id, deps.now());
  });
  await deps.metadata.durable();
  publishImageEvent(deps, "tag", image.record.id, familiar(reference));
}

/** Docker answers 404 also for a source that cannot be a name. */
function resolveSource(deps: TagDeps, source: string): ResolvedImage {
  try {
    return resolveImage(deps, source);
  } catch (error) {
    if (isEngineError(error, "invalid-argument")) throw notFound(error.message, { cause: error });
    throw error;
  }
}
