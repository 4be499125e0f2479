import { conflict } from "#errors";
import { MEDIA_TYPE, parseJsonObject } from "#oci";
import type { Descriptor, Digest } from "#oci";
import type { RegistryClient } from "../client.ts";
import { detailsOf } from "../failure.ts";
import type { OperationOptions } from "../types.ts";
import { referrersTag } from "./lists.ts";
import { fetchManifest } from "./manifests.ts";
import { putManifest } from "./put-manifest.ts";

export interface ReferrersAddition {
  readonly subject: Digest;
  readonly referrers: readonly Descriptor[];
}

/**
 * The client's part where a registry has no referrers API (distribution-spec, "Unavailable Referrers API"): an index under
 * a tag lists them. What others have listed stays as they wrote it; who lists at the very same time may be overwritten.
 */
export async function addReferrers(
  client: RegistryClient,
  path: string,
  { subject, referrers }: ReferrersAddition,
  options: OperationOptions,
): Promise<void> {
  const tag = referrersTag(subject);
  const index = await listed(client, path, tag, options);
  const known = new Set(index.manifests.map((entry) => (entry as { readonly digest?: unknown }).digest));
  const missing = referrers.filter(({ digest }) => !known.has(digest));
  if (missing.length === 0) return;
  const bytes = new TextEncoder().encode(JSON.stringify({ ...index, manifests: [...index.manifests, ...missing] }));
  await putManifest(client, { path, bytes, mediaType: index.mediaType, tagOrDigest: tag }, options);
}

interface RawIndex {
  readonly schemaVersion: unknown;
  readonly mediaType: string;
  readonly manifests: readonly unknown[];
}

const NOTHING: RawIndex = { schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: [] };

/** With every member that it has, whether we know it or not. */
async function listed(client: RegistryClient, path: string, tag: string, options: OperationOptions): Promise<RawIndex> {
  const fetched = await fetchManifest(client, path, tag, options).catch((error: unknown) => {
    if (detailsOf(error).status === 404) return undefined;
    throw error;
  });
  if (fetched === undefined) return NOTHING;
  const { kind, mediaType } = fetched.document;
  if (kind !== "index") throw conflict(`cannot list the referrers: the tag "${tag}" stands for a manifest, expected an index`);
  const { schemaVersion, manifests, ...others } = parseJsonObject(fetched.bytes, "index");
  return { schemaVersion, mediaType, manifests: Array.isArray(manifests) ? manifests : [], ...others };
}
