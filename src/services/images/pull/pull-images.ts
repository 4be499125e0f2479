import { forbidden, throwIfAborted } from "#errors";
import { familiar, familiarRepository, isDigest, parseReference, withDigest, withoutTag, withTag } from "#oci";
import type { ImageId, Reference } from "#oci";
import { pullFailure } from "#registry";
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
    const { id, isNew, mismatch } = yield* pullReference(deps, reference, request, options);
    images.push(id);
    publish(deps, reference, deps.catalog.find(id)?.labels);
    yield { type: "pulled", name: familiar(reference), isNew };
    if (mismatch !== undefined) yield mismatch;
  } else {
    let isAnyNew = false;
    const { credentials } = request;
    const repository = deps.registries.repository(reference, { ...(credentials !== undefined && { credentials }) });
    const tags = await repository.listTags(options).catch((error: unknown) => {
      throw pullFailure(error, reference);
    });
    for (const tag of tags) {
      throwIfAborted(options.signal);
      const { id, isNew } = yield* pullReference(deps, withTag(reference, tag), request, options);
      images.push(id);
      isAnyNew ||= isNew;
    }
    publish(deps, reference);
    yield { type: "pulled", name: familiar(reference), isNew: isAnyNew };
  }
  yield { type: "done", images };
}

/** Told once for each that was asked for, also of what was here already. */
function publish({ events }: ImageDeps, reference: Reference, labels?: Readonly<Record<string, string>>): void {
  const attributes = { ...labels, name: familiarRepository(reference) };
  events.publish({ type: "image", action: "pull", actor: { id: familiar(reference), attributes } });
}

/** `x:` is `x`. Beside a digest a tag, wherever it comes from, stands for nothing and is said back. */
function wanted({ image, tag = "" }: PullRequest): Reference {
  const reference = parseReference(image.endsWith(":") ? image.slice(0, -1) : image);
  if (tag === "") return reference;
  return isDigest(tag) ? withDigest(withoutTag(reference), tag) : withTag(reference, tag);
}
