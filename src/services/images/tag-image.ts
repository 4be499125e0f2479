import { isEngineError, notFound } from "#errors";
import { familiar, canonical, parseTagTarget } from "#oci";
import { collectGarbage } from "./collect-garbage.ts";
import type { ImageDeps } from "./image-deps.ts";
import { publishImageEvent } from "./image-events.ts";
import { putNames } from "./put-names.ts";
import { resolveImage } from "./resolve-image.ts";
import type { ResolvedImage } from "./resolve-image.ts";

type TagDeps = Pick<ImageDeps, "catalog" | "content" | "layers" | "metadata" | "holds" | "exclusively" | "events" | "now">;

/** Gives an image one more name; a name that stands for another image moves. */
export async function tagImage(
  deps: TagDeps,
  source: string,
  target: { readonly repository: string; readonly tag?: string },
): Promise<void> {
  const reference = parseTagTarget(target.repository, target.tag);
  const image = resolveSource(deps, source);
  const { id } = image.record;
  const { released } = deps.catalog.change((change) => {
    const put = putNames(deps, change, [canonical(reference)], { id, target: image.target });
    change.setLastTagged(id, deps.now());
    return put;
  });
  await deps.metadata.durable();
  await collectGarbage(deps, released);
  publishImageEvent(deps, "tag", id, familiar(reference));
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
