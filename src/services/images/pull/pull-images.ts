import { forbidden, throwIfAborted } from "#errors";
import { familiar, familiarRepository, isDigest, parseReference, withDigest, withoutTag, withTag } from "#oci";
import type { ImageId, Reference } from "#oci";
import type { ImageDeps } from "../image-deps.ts";
import type { Cancellable } from "../images.ts";
import type { PullEvent, PullRequest } from "../types.ts";
import { pullReference } from "./pull-reference.ts";

/** Brings one reference here, or every tag of a repository. What can be refused without the network is refused first. */
export async function* pullImages(deps: ImageDeps, request: PullRequest, options: Cancellable = {}): AsyncGenerator<PullEvent> {
  const reference = wanted(request);
  if (familiarRepository(reference) === "scratch") throw forbidden("'scratch' is a reserved name");
  const images: ImageId[] = [];
  if (reference.tag !== undefined || reference.digest !== undefined) {
    const { id, isNew } = yield* pullReference(deps, reference, request, options);
    images.push(id);
    yield { type: "pulled", name: familiar(reference), isNew };
  } else {
    let isAnyNew = false;
    const { credentials } = request;
    const repository = deps.registries.repository(reference, { ...(credentials !== undefined && { credentials }) });
    for (const tag of await repository.listTags(options)) {
      throwIfAborted(options.signal);
      const { id, isNew } = yield* pullReference(deps, withTag(reference, tag), request, options);
      images.push(id);
      isAnyNew ||= isNew;
    }
    yield { type: "pulled", name: familiar(reference), isNew: isAnyNew };
  }
  yield { type: "done", images };
}

/** `x:` is `x`; a digest wins over any tag. */
function wanted({ image, tag = "" }: PullRequest): Reference {
  const reference = parseReference(image.endsWith(":") ? image.slice(0, -1) : image);
  if (tag !== "") return isDigest(tag) ? withDigest(withoutTag(reference), tag) : withTag(withoutTag(reference), tag);
  return reference.digest === undefined ? reference : withDigest(withoutTag(reference), reference.digest);
}
