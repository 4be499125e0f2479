import { internal, invalidArgument } from "#errors";
import { canonical, familiar, familiarRepository, parseReference, samePlatform, withTag } from "#oci";
import type { Descriptor, Platform, Reference } from "#oci";
import { pushFailure } from "#registry";
import { otherPlatform } from "../errors.ts";
import type { ImageDeps } from "../image-deps.ts";
import type { Cancellable } from "../images.ts";
import { putNames } from "../put-names.ts";
import { resolveImage } from "../resolve-image.ts";
import { selectManifest } from "../select-manifest.ts";
import type { PushEvent, PushRequest } from "../types.ts";
import { planPush } from "./plan-push.ts";
import { pushImage } from "./push-image.ts";
import { isLacking } from "./send-blob.ts";

/** Sends one tag, or every tag of a repository, to the registry in its name. */
export async function* pushImages(deps: ImageDeps, request: PushRequest, options: Cancellable = {}): AsyncGenerator<PushEvent> {
  const reference = wanted(request);
  if (request.platform !== undefined) checkPlatform(deps, reference, request.platform);
  yield { type: "pushing", repository: reference.repository };
  if (reference.digest !== undefined) throw internal("cannot push a digest reference");
  for (const tagged of tagsOf(deps, reference)) yield* pushTag(deps, tagged, request, options);
  const image = deps.catalog.findName(canonical(reference))?.image;
  const labels = reference.tag === undefined || image === undefined ? {} : deps.catalog.find(image)?.labels;
  const attributes = { ...labels, name: familiarRepository(reference) };
  deps.events.publish({ type: "image", action: "push", actor: { id: familiar(reference), attributes } });
  yield { type: "done" };
}

function wanted({ name, tag = "" }: PushRequest): Reference {
  const reference = parseReference(name);
  if (tag === "") return reference;
  if (reference.digest !== undefined) throw invalidArgument("cannot import digest reference");
  return withTag(reference, tag);
}

/** What is here and lacks the platform is refused before anything is said; what is not here is a matter of the stream. */
function checkPlatform(deps: ImageDeps, reference: Reference, platform: Platform): void {
  const name = canonical(reference);
  if (deps.catalog.findName(name) === undefined) return;
  const image = resolveImage(deps, name);
  const own = deps.metadata.images.manifestsOf(image.target);
  const [single] = own;
  if (own.length !== 1 || single?.platform === undefined) selectManifest(deps, image, platform, familiar(reference), "strict");
  else if (!samePlatform(single.platform, platform)) throw otherPlatform(familiar(reference), single.platform, platform);
}

/** Docker tells a repository that is not here from a tag that it lacks. */
function tagsOf({ catalog }: ImageDeps, reference: Reference): Reference[] {
  const tags = catalog.namesIn(reference.repository).flatMap(({ name }) => (name.includes("@") ? [] : [parseReference(name)]));
  if (tags.length === 0) throw internal(`An image does not exist locally with the tag: ${familiarRepository(reference)}`);
  if (reference.tag === undefined) return tags;
  if (catalog.findName(canonical(reference)) === undefined) throw internal(`tag does not exist: ${familiar(reference)}`);
  return [reference];
}

async function* pushTag(deps: ImageDeps, reference: Reference, request: PushRequest, options: Cancellable): AsyncGenerator<PushEvent> {
  const { platform, credentials } = request;
  const name = canonical(reference);
  using hold = deps.holds.take();
  const { id, root, target, insteadOf } = await planPush(deps, reference, name, platform, hold);
  const tag = reference.tag ?? "latest";
  let pushed: Descriptor;
  try {
    pushed = yield* pushImage(deps, { reference, tag, id, root, target, credentials }, options);
  } catch (error) {
    if (isLacking(error)) yield { type: "lacking", target: root };
    throw pushFailure(error);
  }
  const { digest, size } = pushed;
  // Only a target of the image can stand behind a name; a manifest of an index is none.
  if (deps.metadata.images.targetsOf(id).some((one) => one.digest === root.digest)) {
    deps.catalog.change((change) => putNames(deps, change, [`${reference.repository}@${digest}`], { id, target: root.digest }));
    await deps.metadata.durable();
  }
  if (insteadOf !== undefined) yield { type: "part", index: insteadOf, manifest: root };
  yield { type: "tag", tag, digest, size };
}
