import type { Descriptor, Digest } from "#oci";
import type { OperationOptions, StoredManifest } from "#registry";
import type { Sides } from "./copy-sides.ts";
import { leavesFirst } from "./read-source.ts";
import type { Referrer, SourceGraph, SourceNode } from "./read-source.ts";

/** Byte for byte and from the leaves up, so that nothing is there before what it names; referrers after their subjects. */
export async function copyManifests(sides: Sides, { root, referrers }: SourceGraph, options: OperationOptions): Promise<void> {
  for (const node of leavesFirst([root])) {
    // The root comes under its tag, unless something has to refer to it before.
    if (node !== root || referrers.length > 0) await copyManifest(sides, node, options);
  }
  for (const [subject, own] of Map.groupBy(referrers, (referrer) => referrer.subject)) await copyReferrers(sides, subject, own, options);
}

/** Puts the root under the tag, which makes all of it visible; without a tag under its digest. */
export async function nameRoot(
  { target, ...sides }: Sides,
  root: SourceNode,
  tag: string | undefined,
  options: OperationOptions,
): Promise<void> {
  const { digest } = root.descriptor;
  // Registries whose tags cannot be moved refuse even to set them again as they are.
  if (root.isThere) {
    if (tag === undefined) return;
    if (await target.ask((repository) => repository.hasManifest(digest, { ...options, tag }))) return;
  }
  await put({ target, ...sides }, root, tag ?? digest, options);
}

async function copyManifest(sides: Sides, node: SourceNode, options: OperationOptions, subject?: Digest): Promise<void> {
  const { digest } = node.descriptor;
  if (!node.isThere) await put(sides, node, digest, options);
  sides.queue.put({ type: "manifest", digest, isNew: !node.isThere, ...(subject !== undefined && { subject }) });
}

/** A registry that does not keep track of subjects leaves that to whoever stores their referrers. */
async function copyReferrers(sides: Sides, subject: Digest, referrers: readonly Referrer[], options: OperationOptions): Promise<void> {
  const { target, queue } = sides;
  const listed = new Set((await target.ask((repository) => repository.referrers(subject, options))).map(({ digest }) => digest));
  const unlisted: Descriptor[] = [];
  for (const { descriptor, node } of referrers) {
    for (const part of leavesFirst(node.children)) await copyManifest(sides, part, options);
    const isNew = !node.isThere || !listed.has(descriptor.digest);
    if (isNew) {
      const { hasReferrers } = await put(sides, node, descriptor.digest, options);
      if (!hasReferrers) unlisted.push(descriptor);
    }
    queue.put({ type: "manifest", digest: descriptor.digest, isNew, subject });
  }
  if (unlisted.length > 0) await target.ask((repository) => repository.addReferrers(subject, unlisted, options));
}

async function put({ source, target }: Sides, node: SourceNode, tagOrDigest: string, options: OperationOptions): Promise<StoredManifest> {
  const { descriptor } = node;
  const bytes = node.bytes ?? (await source.ask((repository) => repository.fetchManifest(descriptor, options))).bytes;
  return target.ask((repository) => repository.putManifest(bytes, descriptor.mediaType, tagOrDigest, options));
}
