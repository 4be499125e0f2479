import { EventQueue } from "#async";
import type { StagedBlob } from "#content";
import { isEngineError, notFound } from "#errors";
import {
  bestPlatform,
  canonical,
  familiar,
  familiarRepository,
  formatPlatform,
  isIndexType,
  MAX_CONFIG_SIZE,
  MAX_MANIFEST_SIZE,
  samePlatform,
} from "#oci";
import type { Descriptor, Digest, ImageId, ImageIndex, Platform, Reference } from "#oci";
import { pullFailure } from "#registry";
import type { Repository } from "#registry";
import type { Hold } from "../holds.ts";
import { collectGarbage } from "../collect-garbage.ts";
import type { ImageDeps } from "../image-deps.ts";
import { readImageGraph } from "../image-graph.ts";
import type { GraphManifest, ImageGraph } from "../image-graph.ts";
import type { Cancellable } from "../images.ts";
import { recordImage } from "../record-image.ts";
import { checkFiles, readStored } from "../stored-blob.ts";
import type { PullEvent, PullRequest } from "../types.ts";
import { fetchLayers } from "./fetch-layers.ts";

export interface Pulled {
  readonly id: ImageId;
  readonly isNew: boolean;
}

/** Brings what a tag or digest stands for here. Nothing is yielded before the manifest and the platform are known to be there. */
export async function* pullReference(
  deps: ImageDeps,
  reference: Reference,
  request: PullRequest,
  options: Cancellable,
): AsyncGenerator<PullEvent, Pulled> {
  const queue = new EventQueue<PullEvent>();
  const { credentials } = request;
  const repository = deps.registries.repository(reference, {
    ...(credentials !== undefined && { credentials }),
    onRetry: ({ digest, delay }) => {
      if (digest !== undefined) queue.put({ type: "layer", digest, state: { step: "retrying", seconds: Math.ceil(delay / 1000) } });
    },
  });
  const target = await repository.resolve(reference.digest ?? reference.tag ?? "latest", options).catch((error: unknown) => {
    throw pullFailure(error, reference);
  });
  const names = namesFor(reference, target.digest);
  const here = standIn(deps, reference, target.digest);
  const isNew = names.some((name) => deps.catalog.findName(name)?.target !== here);
  const pulling: PullEvent = { type: "pulling", repository: reference.path, id: reference.tag ?? familiar(reference) };
  await checkFiles(
    deps,
    deps.metadata.blobs.closure(here).map(({ digest }) => digest),
  );
  const present = isNew ? undefined : presentImage(deps, names, here, request.platform);
  if (present !== undefined) {
    yield pulling;
    yield { type: "digest", digest: target.digest };
    return { id: present, isNew: false };
  }

  using hold = deps.holds.take();
  await using blobs = new AsyncDisposableStack();
  const staged = new Map<Digest, StagedBlob>();
  const source: Source = { deps, repository, hold, staged, blobs, options };
  const { graph, chosen } = await readChosen(source, target, request.platform ?? deps.hostPlatform);
  yield pulling;
  const layers = chosen.manifest?.layers ?? [];
  await checkFiles(
    deps,
    layers.map(({ digest }) => digest),
  );
  yield* queue.during(fetchLayers(source, layers, queue));
  const recorded = await recordImage(deps, { graph, chosen, staged, names });
  await collectGarbage(deps, recorded.released);
  yield { type: "digest", digest: target.digest };
  yield* mismatch(reference, chosen, request.platform);
  deps.events.publish({
    type: "image",
    action: "pull",
    actor: { id: familiar(reference), attributes: { ...labelsOf(deps, recorded.id), name: familiarRepository(reference) } },
  });
  return { id: recorded.id, isNew };
}

/** What fetching one reference works with. */
export interface Source {
  readonly deps: ImageDeps;
  readonly repository: Repository;
  readonly hold: Hold;
  /** Received and not yet stored. */
  readonly staged: Map<Digest, StagedBlob>;
  /** Lets go of shared downloads, and removes received documents that were not stored. */
  readonly blobs: AsyncDisposableStack;
  readonly options: Cancellable;
}

/** A tag and the digest that it stood for; a digest alone names no tag. */
function namesFor(reference: Reference, digest: Digest): string[] {
  const byDigest = `${reference.repository}@${digest}`;
  return reference.digest === undefined ? [canonical(reference), byDigest] : [byDigest];
}

/**
 * What stands here for a digest of the registry: usually that manifest itself. What was pushed from here may have been
 * compressed on its way; then its digest names the manifest that it was made of, with the same config and trees.
 */
function standIn({ catalog }: ImageDeps, { repository }: Reference, digest: Digest): Digest {
  return catalog.findName(`${repository}@${digest}`)?.target ?? digest;
}

/** The image that the names stand for already, if the wanted platform of it is here. */
function presentImage(
  { catalog, metadata, hostPlatform }: ImageDeps,
  names: readonly string[],
  target: Digest,
  platform: Platform | undefined,
): ImageId | undefined {
  const id = catalog.findName(names[0] ?? "")?.image;
  const manifests = metadata.images.manifestsOf(target).filter(({ kind }) => kind === "image");
  const wanted = manifests.length === 1 ? manifests[0] : bestPlatform(manifests, (manifest) => manifest.platform, platform ?? hostPlatform);
  return wanted !== undefined && metadata.blobs.isComplete(wanted.descriptor.digest) ? id : undefined;
}

async function readChosen(source: Source, target: Descriptor, platform: Platform): Promise<{ graph: ImageGraph; chosen: GraphManifest }> {
  let wanted: Digest | undefined;
  const graph = await readImageGraph(target, async (descriptor) => {
    if (descriptor.digest === target.digest && isIndexType(descriptor.mediaType)) {
      const { document, bytes } = await source.repository.fetchManifest(descriptor, source.options);
      if (document.kind === "index") wanted = chooseChild(document, platform).digest;
      await stageDocument(source, descriptor, bytes);
      return bytes;
    }
    const isWanted = wanted === undefined || descriptor.digest === wanted || !isManifestOf(descriptor);
    return isWanted ? readDocument(source, descriptor) : findDocument(source, descriptor);
  });
  const chosen = graph.manifests.find(({ record }) => record.descriptor.digest === (wanted ?? target.digest));
  if (chosen === undefined) throw noMatch(platform);
  return { graph, chosen };
}

function isManifestOf({ mediaType }: Descriptor): boolean {
  return mediaType.includes("manifest") || isIndexType(mediaType);
}

function chooseChild({ manifests }: ImageIndex, platform: Platform): Descriptor {
  const images = manifests.filter(({ platform: own }) => own?.os !== "unknown");
  const child = bestPlatform(images, (manifest) => manifest.platform, platform);
  if (child === undefined) throw noMatch(platform);
  return child;
}

function noMatch(platform: Platform): Error {
  return notFound(`no matching manifest for ${formatPlatform(platform)} in the manifest list entries`);
}

/** What turns out to be damaged is as good as absent. */
async function findDocument({ deps, hold }: Source, { digest, size }: Descriptor): Promise<Uint8Array | undefined> {
  if (deps.metadata.blobs.find(digest) === undefined) return undefined;
  hold.add(digest);
  try {
    return await readStored(deps, digest, Math.max(size, MAX_CONFIG_SIZE));
  } catch (error) {
    if (isEngineError(error, "data-loss")) return undefined;
    throw error;
  }
}

/** A manifest or config: from the store, else from the registry. */
async function readDocument(source: Source, descriptor: Descriptor): Promise<Uint8Array> {
  const stored = await findDocument(source, descriptor);
  if (stored !== undefined) return stored;
  const bytes = isManifestOf(descriptor)
    ? (await source.repository.fetchManifest(descriptor, source.options)).bytes
    : await fetchConfig(source, descriptor);
  await stageDocument(source, descriptor, bytes);
  return bytes;
}

async function fetchConfig({ repository, options }: Source, descriptor: Descriptor): Promise<Uint8Array> {
  if (descriptor.size > Math.max(MAX_CONFIG_SIZE, MAX_MANIFEST_SIZE)) {
    throw notFound(`cannot pull: the image config has ${descriptor.size} bytes, expected at most ${MAX_CONFIG_SIZE}`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await repository.fetchBlob(descriptor, options)).stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes are verified against the digest on their way in. */
async function stageDocument({ deps, hold, staged, blobs }: Source, { digest }: Descriptor, bytes: Uint8Array): Promise<void> {
  hold.add(digest);
  if (deps.metadata.blobs.find(digest) !== undefined) return;
  const blob = await deps.content.stage(bytes, { digest });
  blobs.defer(() => deps.content.discard([blob]));
  staged.set(digest, blob);
}

/** Docker takes a single image of another platform, and says so. */
function* mismatch(reference: Reference, chosen: GraphManifest, wanted: Platform | undefined): Generator<PullEvent> {
  const { platform } = chosen.record;
  if (wanted === undefined || platform === undefined || samePlatform(platform, wanted)) return;
  yield { type: "platform-mismatch", name: familiar(reference), actual: formatPlatform(platform), wanted: formatPlatform(wanted) };
}

function labelsOf({ catalog }: ImageDeps, id: ImageId): Readonly<Record<string, string>> {
  return catalog.find(id)?.labels ?? {};
}
