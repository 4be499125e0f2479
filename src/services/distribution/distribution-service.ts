import type { ImageDeps } from "#images";
import { openBlob, removeBlob } from "./blobs.ts";
import type { Distribution } from "./distribution.ts";
import { KeptBlobs } from "./kept-blobs.ts";
import { listReferrers, listRepositories, listTags } from "./listings.ts";
import { findManifest, readManifest } from "./manifests.ts";
import { putManifest } from "./put-manifest.ts";
import { removeManifest, removeTag } from "./remove-manifest.ts";
import { Uploads } from "./uploads.ts";

/** The verbs, each in its own file. */
export function createDistribution(deps: ImageDeps): Distribution {
  const uploads = new Uploads(deps);
  const kept = new KeptBlobs(deps, () => uploads.dropIdle());
  return {
    claimBlob: (digest) => kept.claim(digest),
    openBlob: (digest) => openBlob(deps, digest),
    removeBlob: (digest) => removeBlob(deps, digest),
    beginUpload: (repository) => uploads.begin(repository),
    uploadStatus: (repository, id) => uploads.status(repository, id),
    appendToUpload: (repository, id, chunk) => uploads.append(repository, id, chunk),
    finishUpload: async (repository, id, digest, chunk) => kept.store(await uploads.finish(repository, id, digest, chunk)),
    cancelUpload: (repository, id) => uploads.cancel(repository, id),
    findManifest: (repository, reference) => findManifest(deps, repository, reference),
    readManifest: (digest) => readManifest(deps, digest),
    putManifest: (repository, reference, manifest) => putManifest(deps, repository, reference, manifest),
    removeManifest: (repository, digest) => removeManifest(deps, repository, digest),
    removeTag: (repository, tag) => removeTag(deps, repository, tag),
    tags: (repository, page) => listTags(deps, repository, page),
    repositories: (page) => listRepositories(deps, page),
    referrers: (repository, subject, page) => listReferrers(deps, repository, subject, page),
    sweep: () => kept.sweep(),
    async [Symbol.asyncDispose]() {
      await kept[Symbol.asyncDispose]();
      await uploads[Symbol.asyncDispose]();
    },
  };
}
