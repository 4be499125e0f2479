import { readStored } from "#images";
import type { StoredDeps } from "#images";
import { MAX_MANIFEST_SIZE, parseManifest } from "#oci";
import type { Descriptor, Digest } from "#oci";
import { registryError } from "./errors.ts";
import type { ManifestReference, Repository } from "./names.ts";

type FindDeps = StoredDeps;

export async function findManifest(deps: FindDeps, repository: Repository, reference: ManifestReference): Promise<Descriptor> {
  const digest = reference.kind === "tag" ? deps.catalog.findName(`${repository}:${reference.tag}`)?.target : reference.digest;
  if (digest === undefined || (reference.kind === "digest" && !isIn(deps, repository, digest))) throw manifestUnknown(reference);
  const size = deps.metadata.blobs.find(digest);
  if (size === undefined) throw manifestUnknown(reference);
  return { mediaType: await mediaTypeOf(deps, digest), digest, size };
}

export async function readManifest(deps: FindDeps, digest: Digest): Promise<Uint8Array> {
  return readStored(deps, digest, MAX_MANIFEST_SIZE);
}

function isIn({ catalog, metadata }: FindDeps, repository: Repository, digest: Digest): boolean {
  return catalog.findName(`${repository}@${digest}`) !== undefined || metadata.names.reaches(repository, digest);
}

/** As announced when it came. An index inside an index was not, and neither were blobs that only look like manifests. */
async function mediaTypeOf(deps: FindDeps, digest: Digest): Promise<string> {
  const { metadata } = deps;
  const known = metadata.images.descriptorOf(digest) ?? metadata.referrers.descriptorOf(digest);
  if (known !== undefined && known.mediaType !== "") return known.mediaType;
  return parseManifest(await readStored(deps, digest, MAX_MANIFEST_SIZE)).mediaType;
}

export function manifestUnknown(reference: ManifestReference): Error {
  const detail = reference.kind === "tag" ? { tag: reference.tag } : { digest: reference.digest };
  return registryError("MANIFEST_UNKNOWN", "manifest unknown", [detail]);
}
