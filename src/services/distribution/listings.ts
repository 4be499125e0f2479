import { familiarName } from "#images";
import type { ImageDeps } from "#images";
import type { Descriptor, Digest } from "#oci";
import type { Listed, Page } from "./distribution.ts";
import { registryError } from "./errors.ts";
import type { Repository } from "./names.ts";

/** Clients refuse longer documents; a single entry is never longer. */
const MAX_REFERRERS_BYTES = 3 * 1024 * 1024;

type ListDeps = Pick<ImageDeps, "catalog" | "metadata">;

export function listTags({ catalog, metadata }: ListDeps, repository: Repository, { after, limit }: Page): Listed<string> {
  if (!catalog.repositories().has(repository)) throw registryError("NAME_UNKNOWN", "repository name not known to registry");
  return paged(metadata.names.tagsIn(repository, { after, limit: limit + 1 }), limit, (tag) => tag);
}

export function listRepositories({ catalog }: ListDeps, { after, limit }: Page): Listed<string> {
  const names = [...catalog.repositories()].map(familiarName).filter((name) => name > after);
  return paged(names.sort().slice(0, limit + 1), limit, (name) => name);
}

export function listReferrers(
  { metadata }: ListDeps,
  repository: Repository,
  subject: Digest,
  { after, limit, artifactType }: Page & { readonly artifactType?: string | undefined },
): Listed<Descriptor> {
  const found = metadata.referrers.of(subject, { after, limit: limit + 1, artifactType });
  let bytes = 0;
  const fitting = found.findIndex((referrer) => (bytes += JSON.stringify(referrer).length) > MAX_REFERRERS_BYTES);
  const page = paged(found, fitting === -1 ? limit : Math.min(limit, Math.max(1, fitting)), ({ digest }) => digest);
  // Of a subject that is not here, other repositories may hold other referrers.
  return { ...page, entries: page.entries.filter(({ digest }) => metadata.names.reaches(repository, digest)) };
}

/** @param found one more than `limit`, if there are more. */
function paged<T>(found: readonly T[], limit: number, keyOf: (entry: T) => string): Listed<T> {
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  return { entries, next: found.length > limit && last !== undefined ? keyOf(last) : undefined };
}
