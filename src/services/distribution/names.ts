import { isEngineError } from "#errors";
import { isDigest, parseReference, withoutTag, withTag } from "#oci";
import type { Digest, Reference } from "#oci";
import { registryError } from "./errors.ts";

declare const repositoryBrand: unique symbol;
declare const tagBrand: unique symbol;

/** A canonical repository name, checked: `docker.io/library/x`. */
export type Repository = string & { readonly [repositoryBrand]: true };

/** A checked tag. */
export type Tag = string & { readonly [tagBrand]: true };

export type ManifestReference = { readonly kind: "tag"; readonly tag: Tag } | { readonly kind: "digest"; readonly digest: Digest };

/**
 * What a client calls a repository, by Docker's rules for familiar names: `my/img` is `docker.io/my/img`, and a first
 * part with a dot or a colon is the registry that an image came from.
 *
 * @throws NAME_INVALID.
 */
export function parseRepository(text: string): Repository {
  const reference = parseName(text);
  if (reference.tag !== undefined || reference.digest !== undefined) throw invalidName(text);
  return withoutTag(reference).repository as Repository;
}

/** `undefined` for what can be neither a tag nor a digest, and therefore names nothing. */
export function parseManifestReference(text: string): ManifestReference | undefined {
  if (isDigest(text)) return { kind: "digest", digest: text };
  return isTag(text) ? { kind: "tag", tag: text } : undefined;
}

export function isTag(text: string): text is Tag {
  try {
    withTag(ANY, text);
    return true;
  } catch (error) {
    if (isEngineError(error)) return false;
    throw error;
  }
}

const ANY: Reference = parseReference("x");

function parseName(text: string): Reference {
  try {
    return parseReference(text);
  } catch (error) {
    if (isEngineError(error)) throw invalidName(text);
    throw error;
  }
}

function invalidName(text: string): Error {
  return registryError("NAME_INVALID", "invalid repository name", [{ name: text }]);
}
