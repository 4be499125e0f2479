import { changeOnFullDisk, collectGarbage, releaseTargets, RemovalRun } from "#images";
import type { ImageDeps } from "#images";
import type { Digest } from "#oci";
import { registryError } from "./errors.ts";
import { manifestUnknown } from "./manifests.ts";
import type { Repository, Tag } from "./names.ts";

export async function removeTag(deps: ImageDeps, repository: Repository, tag: Tag): Promise<void> {
  const run = await changeOnFullDisk(deps, (change) => {
    const name = deps.catalog.findName(`${repository}:${tag}`);
    if (name === undefined) throw manifestUnknown({ kind: "tag", tag });
    const run = new RemovalRun(deps, change);
    const byDigest = `${repository}@${name.target}`;
    if (deps.catalog.findName(byDigest) === undefined) change.putName(byDigest, name.image, name.target);
    run.untag(name.name, name.image);
    return run;
  });
  run.publishEvents();
}

export async function removeManifest(deps: ImageDeps, repository: Repository, digest: Digest): Promise<void> {
  const { catalog, metadata } = deps;
  const run = await changeOnFullDisk(deps, (change) => {
    const names = catalog.namesIn(repository).filter(({ target }) => target === digest);
    const isRemark = metadata.referrers.descriptorOf(digest) !== undefined;
    if (names.length === 0 && !metadata.names.reaches(repository, digest)) throw manifestUnknown({ kind: "digest", digest });
    if (names.length === 0 && !isRemark) throw registryError("UNSUPPORTED", "the manifest is a part of an index", [{ digest }]);
    const run = new RemovalRun(deps, change);
    for (const blob of metadata.blobs.livesWith(digest)) run.candidates.add(blob);
    for (const { name, image } of names) run.untag(name, image);
    metadata.referrers.remove(digest);
    for (const image of new Set(names.map((name) => name.image))) {
      // A container or a child may still stand upon it; then it stays, without a name.
      if (catalog.namesOf(image).length === 0) run.deleteImage(image, { force: false, quiet: true, keepParents: true });
      else for (const blob of releaseTargets(deps, change, image)) run.candidates.add(blob);
    }
    return run;
  });
  run.publishEvents();
  await collectGarbage(deps, run.candidates);
}
