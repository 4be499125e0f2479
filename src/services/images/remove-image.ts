import { invalidArgument } from "#errors";
import { parseAnyReference } from "#oci";
import { changeOnFullDisk } from "./change-on-full-disk.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { noSuchImage } from "./errors.ts";
import type { ImageDeps } from "./image-deps.ts";
import { RemovalRun } from "./removal.ts";
import { removePlatforms } from "./remove-platforms.ts";
import { isIdOf, resolveImage } from "./resolve-image.ts";
import type { Removal, RemoveRequest } from "./types.ts";

/** Removes a name, or an image with all its names; what nothing else needs is gone from the disk afterwards. */
export async function removeImage(deps: ImageDeps, words: string, request: RemoveRequest = {}): Promise<readonly Removal[]> {
  if (words.trim() === "") throw invalidArgument("image name cannot be blank");
  const image = resolveImage(deps, words);
  const { force = false, keepParents = false, platforms = [] } = request;
  if (platforms.length > 0) return removePlatforms(deps, image, words, { platforms, force });
  const { name, record } = image;
  const byReference = name !== undefined && !isIdOf(words, record.id);
  if (byReference && isUnrecordedDigest(words, name)) throw noSuchImage(words);
  const run = await changeOnFullDisk(deps, (change) => {
    const run = new RemovalRun(deps, change);
    if (byReference) run.removeName(name, words, { force, keepParents });
    else run.removeById(record.id, { force, keepParents });
    return run;
  });
  run.publishEvents();
  await collectGarbage(deps, run.candidates);
  return run.removals;
}

/** `name@digest` may find an image through a tag; removing it must not take that tag away. */
function isUnrecordedDigest(words: string, name: string): boolean {
  const parsed = parseAnyReference(words);
  return parsed.kind === "reference" && parsed.reference.digest !== undefined && !name.includes("@");
}
