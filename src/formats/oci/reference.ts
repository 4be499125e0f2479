import { invalidArgument } from "#errors";
import { isDigest, parseDigest } from "./digest.ts";
import type { Digest } from "./digest.ts";

/**
 * A parsed image name, frozen. `repository` is canonical (`docker.io/library/x`): `domain`, a slash and `path`.
 * With neither `tag` nor `digest` it stands for the repository itself.
 */
export interface Reference {
  readonly repository: string;
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** What a user may write where an image is wanted: a name, or the digest of a config, manifest or index. */
export type AnyReference =
  | { readonly kind: "reference"; readonly reference: Reference }
  | { readonly kind: "digest"; readonly digest: Digest };

const DEFAULT_DOMAIN = "docker.io";
const LEGACY_DEFAULT_DOMAIN = "index.docker.io";
const OFFICIAL_PREFIX = "library/";
const DEFAULT_TAG = "latest";
const MAX_PATH_LENGTH = 255;
/** No part of a usable reference comes near; it bounds the work that a hostile text can ask for. */
const MAX_TEXT_LENGTH = 4096;

// In each pattern separators and the runs between them share no character, so matching never backtracks far.
const DOMAIN = /^(?:[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*(?:\.[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const IDENTIFIER = /^[a-f0-9]{64}$/;
const ID_PREFIX = /^(?:sha256:)?[a-f0-9]{1,64}$/;

/** @throws invalid-argument in the words of Docker's reference grammar. */
export function parseReference(text: string): Reference {
  if (IDENTIFIER.test(text)) throw invalidArgument(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  if (text.length > MAX_TEXT_LENGTH) throw invalidFormat();
  const { domain, remainder } = splitDomain(text);
  const [name = ""] = remainder.split(":", 1);
  if (name.toLowerCase() !== name) throw invalidArgument(`invalid reference format: repository name (${name}) must be lowercase`);
  return parseRemainder(domain, remainder);
}

/** 64 hex digits and `algorithm:hex` are digests; everything else is a name. Shortened IDs parse as names. */
export function parseAnyReference(text: string): AnyReference {
  if (IDENTIFIER.test(text)) return { kind: "digest", digest: parseDigest(`sha256:${text}`) };
  return isDigest(text) ? { kind: "digest", digest: text } : { kind: "reference", reference: parseReference(text) };
}

/** The name under which tag, import, commit and build file an image: tagged, never with a digest. `tag` wins over a tag in `repository`. */
export function parseTagTarget(repository: string, tag?: string): Reference {
  const reference = parseReference(repository);
  if (reference.digest !== undefined) throw invalidArgument("cannot import digest reference");
  const tagged = tag === undefined || tag === "" ? withDefaultTag(reference) : withTag(reference, tag);
  if (familiarRepository(tagged) === "sha256") {
    throw invalidArgument("refusing to create an ambiguous tag using digest algorithm as name");
  }
  return tagged;
}

/** As people write it: `x:latest` for `docker.io/library/x:latest`; other registries keep their domain. */
export function familiar(reference: Reference): string {
  return familiarRepository(reference) + suffixOf(reference);
}

export function familiarRepository({ repository, domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return repository;
  const official = path.startsWith(OFFICIAL_PREFIX) && !path.includes("/", OFFICIAL_PREFIX.length);
  return official ? path.slice(OFFICIAL_PREFIX.length) : path;
}

export function canonical(reference: Reference): string {
  return reference.repository + suffixOf(reference);
}

/** The order of Docker's lists: bytewise by canonical form. */
export function compareCanonical(a: Reference, b: Reference): number {
  const left = canonical(a);
  const right = canonical(b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Adds `latest` when there is neither a tag nor a digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? withTag(reference, DEFAULT_TAG) : reference;
}

export function withTag(reference: Reference, tag: string): Reference {
  if (!TAG.test(tag)) throw invalidArgument("invalid tag format");
  return Object.freeze({ ...reference, tag });
}

export function withDigest(reference: Reference, digest: Digest): Reference {
  return Object.freeze({ ...reference, digest });
}

/** The repository alone, as it stands for all its tags. */
export function withoutTag({ repository, domain, path }: Reference): Reference {
  return Object.freeze({ repository, domain, path });
}

/** True for what may be a shortened image ID: 1 to 64 hex digits, with or without `sha256:`. */
export function isIdPrefix(text: string): boolean {
  return ID_PREFIX.test(text);
}

/** The first part names a registry only if it could not be a Docker Hub user: a dot, a colon, a capital, or `localhost`. */
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf("/");
  if (slash === -1) return { domain: DEFAULT_DOMAIN, remainder: OFFICIAL_PREFIX + text };
  const first = text.slice(0, slash);
  const isDomain = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  const domain = !isDomain || first === LEGACY_DEFAULT_DOMAIN ? DEFAULT_DOMAIN : first;
  const remainder = isDomain ? text.slice(slash + 1) : text;
  return domain === DEFAULT_DOMAIN && !remainder.includes("/") ? { domain, remainder: OFFICIAL_PREFIX + remainder } : { domain, remainder };
}

function parseRemainder(domain: string, remainder: string): Reference {
  const at = remainder.indexOf("@");
  const name = at === -1 ? remainder : remainder.slice(0, at);
  const colon = name.indexOf(":");
  const path = colon === -1 ? name : name.slice(0, colon);
  const repository = `${domain}/${path}`;
  // Docker also takes `a_b.c/x`, whose first part is no domain, because the whole is a well-formed path.
  const isName = PATH.test(path) && (DOMAIN.test(domain) || PATH.test(repository));
  const tag = colon === -1 ? undefined : name.slice(colon + 1);
  const digest = at === -1 ? undefined : remainder.slice(at + 1);
  if (!isName || (tag !== undefined && !TAG.test(tag)) || (digest !== undefined && !DIGEST.test(digest))) throw invalidFormat();
  if (path.length > MAX_PATH_LENGTH) throw invalidArgument(`repository name must not be more than ${MAX_PATH_LENGTH} characters`);
  return Object.freeze({
    repository,
    domain,
    path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest: parseDigest(digest) }),
  });
}

function suffixOf({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

function invalidFormat(): Error {
  return invalidArgument("invalid reference format");
}
