import { createHash, hash } from "node:crypto";
import type { Hash } from "node:crypto";
import { invalidArgument } from "#errors";

declare const digestBrand: unique symbol;

/** `algorithm:hex`, checked: a known algorithm, lower-case hex of exactly its length. Safe as a file name part. */
export type Digest = string & { readonly [digestBrand]: true };

/** Digest of a layer's uncompressed tar (OCI image-spec, config: `rootfs.diff_ids`). */
export type DiffId = Digest;

/** Digest of a stack of layers (OCI image-spec, config: "Layer ChainID"). */
export type ChainId = Digest;

/** Digest of an image config: the image's identity. */
export type ImageId = Digest;

const HEX_LENGTH: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);
const FORM = /^[A-Za-z0-9_+.-]+:[0-9a-fA-F]+$/;
const LOWER_HEX = /^[0-9a-f]+$/;

/** @throws invalid-argument in the words of the reference grammar: format, algorithm or length. */
export function parseDigest(text: string): Digest {
  const colon = text.indexOf(":");
  if (!FORM.test(text)) throw invalidArgument("invalid checksum digest format");
  const length = HEX_LENGTH.get(text.slice(0, colon));
  if (length === undefined) throw invalidArgument("unsupported digest algorithm");
  const hex = text.slice(colon + 1);
  if (hex.length !== length) throw invalidArgument("invalid checksum digest length");
  if (!LOWER_HEX.test(hex)) throw invalidArgument("invalid checksum digest format");
  return text as Digest;
}

export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(":");
  const hex = text.slice(colon + 1);
  return colon > 0 && HEX_LENGTH.get(text.slice(0, colon)) === hex.length && LOWER_HEX.test(hex);
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${hash("sha256", bytes)}` as Digest;
}

/** Hashes a stream of chunks: `update` as they pass, `digest` once at the end. */
export interface Digester {
  update(chunk: Uint8Array): void;
  digest(): Digest;
  /** Another one that has seen the same so far, for a stream that may be taken up again here. */
  fork(): Digester;
}

export function createDigester(algorithm = "sha256"): Digester {
  return toDigester(algorithm, createHash(algorithm));
}

function toDigester(algorithm: string, hash: Hash): Digester {
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => `${algorithm}:${hash.digest("hex")}` as Digest,
    fork: () => toDigester(algorithm, hash.copy()),
  };
}

export function algorithmOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The first twelve hex digits, as people see them. */
export function shortId(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}
