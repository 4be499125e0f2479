import { invalidArgument } from "#errors";
import { familiar, parseReference, withDefaultTag, withTag } from "#oci";
import type { Reference } from "#oci";
import { lacksBlob } from "#registry";
import type { OperationOptions, Registries } from "#registry";
import { chooseRoot } from "./choose-root.ts";
import { copyBlobs } from "./copy-blobs.ts";
import { copyManifests, nameRoot } from "./copy-manifests.ts";
import { openSides } from "./copy-sides.ts";
import type { Sides } from "./copy-sides.ts";
import { leavesFirst, readSource } from "./read-source.ts";
import type { SourceGraph } from "./read-source.ts";
import type { CopyEvent, CopyRequest } from "./types.ts";

/**
 * Copies one image, or every tag of a repository, from one registry to another. Nothing is stored here. The tag comes last,
 * when everything behind it is at the target; what was copied before a failure stays there, and is not sent again.
 */
export async function* copyImages(registries: Registries, request: CopyRequest, options: OperationOptions = {}): AsyncGenerator<CopyEvent> {
  let transferred = 0;
  for (const [from, to] of await pairs(registries, request, options)) {
    transferred += yield* copyImage(registries, openSides(registries, request, from, to), request, options);
  }
  yield { type: "done", transferred };
}

async function pairs(
  registries: Registries,
  request: CopyRequest,
  options: OperationOptions,
): Promise<(readonly [Reference, Reference])[]> {
  const [from, to] = [parseReference(request.from), parseReference(request.to)];
  if (request.allTags !== true) return [[withDefaultTag(from), withDefaultTag(to)]];
  for (const reference of [from, to]) {
    if (reference.tag === undefined && reference.digest === undefined) continue;
    throw invalidArgument(`cannot copy all tags: expected a repository, not "${familiar(reference)}"`);
  }
  const tags = await openSides(registries, request, from, to).source.ask((repository) => repository.listTags(options));
  return tags.map((tag) => [withTag(from, tag), withTag(to, tag)]);
}

async function* copyImage(
  registries: Registries,
  sides: Sides,
  { platform, referrers = true }: CopyRequest,
  options: OperationOptions,
): AsyncGenerator<CopyEvent, number> {
  const [from, to] = [sides.source.repository.reference, sides.target.repository.reference];
  const root = await chooseRoot(sides, platform, options);
  const graph = await readSource(sides, root, { ...options, withReferrers: referrers });
  yield { type: "copying", from: familiar(from), to: familiar(to), digest: root.digest };
  const left = new AbortController();
  const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
  const work = copyGraph(registries, sides, graph, { signal });
  try {
    const transferred = yield* sides.queue.during(work);
    yield { type: "copied", name: familiar(to), digest: root.digest, size: root.size };
    return transferred;
  } finally {
    // Whoever leaves early ends the transfers, and goes when they have ended.
    left.abort();
    await Promise.allSettled([work]);
  }
}

async function copyGraph(registries: Registries, sides: Sides, graph: SourceGraph, options: OperationOptions): Promise<number> {
  const nodes = leavesFirst([graph.root, ...graph.referrers.map(({ node }) => node)]);
  const blobs = nodes.flatMap((node) => node.blobs);
  const transferred = await copyBlobs(registries, sides, blobs, { ...options, mounts: true });
  try {
    await putAll(sides, graph, options);
    return transferred;
  } catch (error) {
    if (!(error instanceof Error) || !lacksBlob(error.cause)) throw error;
  }
  // Something that the target had, took or mounted is gone: what it lacks now is sent, and not mounted again.
  const sent = await copyBlobs(registries, sides, blobs, { ...options, mounts: false });
  await putAll(sides, graph, options);
  return transferred + sent;
}

async function putAll(sides: Sides, graph: SourceGraph, options: OperationOptions): Promise<void> {
  await copyManifests(sides, graph, options);
  await nameRoot(sides, graph.root, sides.target.repository.reference.tag, options);
}
