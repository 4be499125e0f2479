import { imageAttestations } from "./image-attestations.ts";
import type { ImageDeps } from "./image-deps.ts";
import { imageHistory } from "./image-history.ts";
import type { Images } from "./images.ts";
import { importImage } from "./import-image.ts";
import { inspectImage } from "./inspect-image.ts";
import { listImages } from "./list-images.ts";
import { loadImages } from "./load/load-images.ts";
import { pruneImages } from "./prune-images.ts";
import { pullImages } from "./pull/pull-images.ts";
import { pushImages } from "./push/push-images.ts";
import { removeImage } from "./remove-image.ts";
import { saveImages } from "./save/save-images.ts";
import { tagImage } from "./tag-image.ts";

/** The verbs, each in its own file. */
export function createImages(deps: ImageDeps): Images {
  return {
    list: (request) => listImages(deps, request),
    inspect: async (name, request) => inspectImage(deps, name, request),
    history: async (name, request) => imageHistory(deps, name, request),
    tag: (source, target) => tagImage(deps, source, target),
    remove: (name, request) => removeImage(deps, name, request),
    prune: (request) => pruneImages(deps, request),
    load: (request, options) => loadImages(deps, request, options),
    save: (request, options) => saveImages(deps, request, options),
    pull: (request, options) => pullImages(deps, request, options),
    push: (request, options) => pushImages(deps, request, options),
    import: (request, options) => importImage(deps, request, options),
    attestations: (name, request) => imageAttestations(deps, name, request),
  };
}
