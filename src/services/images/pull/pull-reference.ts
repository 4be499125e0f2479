import { EventQueue } from "#async";
import type { StagedBlob } from "#content";
import { bestPlatform, canonical, familiar, formatPlatform, samePlatform } from "#oci";
import type { Descriptor, Digest, ImageId, Platform, Reference } from "#oci";
import { pullFailure } from "#registry";
import type { Repository } from "#registry";
import { collectGarbage } from "../collect-garbage.ts";
import { layersFailure } from "../errors.ts";
import type { Hold } from "../holds.ts";
import type { ImageDeps } from "../image-deps.ts";
import type { GraphManifest } from "../image-graph.ts";
import type { Cancellable } from "../images.ts";
import { imageIdOf, recordImage } from "../record-image.ts";
import { checkFiles } from "../stored-blob.ts";
import type { LayerState, PullEvent, PullRequest } from "../types.ts";
import { chooseManifest, readChosen } from "./choose-manifest.ts";
import { fetchAttestations } from "./fetch-attestations.ts";
import { fetchLayers } from "./fetch-layers.ts";

export interface Pulled {
  readonly id: ImageId;
  readonly isNew: boolean;
  /** A single image that is none of the wanted platform was taken all the same. */
  readonly mismatch: PlatformMismatch | undefined;
}

type PlatformMismatch = Extract<PullEvent, { readonly type: "platform-mismatch" }>;

/** Brings what a tag or digest stands for here. Nothing is yielded before the manifest and the platform are known to be there. */
export async function* pullReference(
  deps: ImageDeps,
  reference: Reference,
  request: PullRequest,
  options: Cancellable,
): AsyncGenerator<PullEvent, Pulled> {
  try {
    return yield* pullFrom(deps, reference, request, options);
  } catch (error) {
    throw pullFailure(error, reference);
  }
}

async function* pullFrom(
  deps: ImageDeps,
  reference: Reference,
  request: PullRequest,
  options: Cancellable,
): AsyncGenerator<PullEvent, Pulled> {
  const queue = new EventQueue<PullEvent>();
  const { credentials } = request;
  const repository = deps.registries.repository(reference, {
    ...(credentials !== undefined && { credentials }),
    onRetry: ({ digest, seconds }) => {
      if (digest === undefined || deps.downloads.tellRetry(digest, seconds)) return;
      queue.put(layerEvent(digest, { step: "retrying", seconds }));
    },
  });
  const target = await repository.resolve(reference.digest ?? reference.tag ?? "latest", options);
  const names = namesFor(reference, target.digest);
  const here = standIn(deps, reference, target.digest);
  const isNew = names.some((name) => deps.catalog.findName(name)?.target !== here);
  const id = reference.digest === undefined ? (reference.tag ?? "latest") : familiar(reference);
  const pulling: PullEvent = { type: "pulling", repository: reference.path, id };
  await checkFiles(
    deps,
    deps.metadata.blobs.closure(here).map(({ digest }) => digest),
  );
  const present = isNew ? undefined : presentImage(deps, names, here, request.platform);
  if (present !== undefined) {
    yield pulling;
    yield { type: "digest", digest: target.digest };
    return { id: present.id, isNew: false, mismatch: mismatch(reference, present.platform, request.platform) };
  }

  using hold = deps.holds.take();
  await using blobs = new AsyncDisposableStack();
  const staged = new Map<Digest, StagedBlob>();
  const source: Source = { deps, repository, hold, staged, manifests: new Map(), blobs, options };
  const choice = await chooseManifest(source, target, request.platform ?? deps.hostPlatform);
  yield pulling;
  const { graph, chosen } = await readChosen(source, choice);
  const layers = blobsOf(chosen);
  await checkFiles(
    deps,
    layers.map(({ digest }) => digest),
  );
  if (!isHere(source, chosen, layers)) yield* queue.during(fetchLayers(source, layers, queue));
  await fetchAttestations(source, graph, chosen);
  const received = [...new Set(layers.map(({ digest }) => digest))].filter((digest) => staged.has(digest));
  for (const digest of received) yield layerEvent(digest, { step: "storing", size: staged.get(digest)?.size ?? 0 });
  const recorded = await recordImage(deps, { graph, chosen, staged, names }).catch((error: unknown) => {
    throw layersFailure(error);
  });
  for (const digest of received) yield layerEvent(digest, { step: "complete" });
  await collectGarbage(deps, recorded.released);
  yield { type: "digest", digest: target.digest };
  return { id: recorded.id, isNew, mismatch: mismatch(reference, chosen.record.platform, request.platform) };
}

function layerEvent(digest: Digest, state: LayerState): PullEvent {
  return { type: "layer", digest, state };
}

/** What is fetched with a manifest. The config of an image is here by then; an artifact's is one more blob. */
function blobsOf({ record, manifest }: GraphManifest): readonly Descriptor[] {
  if (manifest === undefined) return [];
  return record.config === undefined ? [manifest.config, ...manifest.layers] : manifest.layers;
}

/** Of an image that is here under whatever name there is nothing to tell. */
function isHere({ deps, hold }: Source, chosen: GraphManifest, layers: readonly Descriptor[]): boolean {
  for (const { digest } of layers) hold.add(digest);
  return deps.catalog.find(imageIdOf(chosen)) !== undefined && layers.every(({ digest }) => deps.metadata.blobs.find(digest) !== undefined);
}

/** What fetching one reference works with. */
export interface Source {
  readonly deps: ImageDeps;
  readonly repository: Repository;
  readonly hold: Hold;
  /** Received and not yet stored. */
  readonly staged: Map<Digest, StagedBlob>;
  /** What was fetched of manifests and indexes: to choose, and then to know all of what was chosen. */
  readonly manifests: Map<Digest, Uint8Array>;
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
): { readonly id: ImageId; readonly platform: Platform | undefined } | undefined {
  const id = catalog.findName(names[0] ?? "")?.image;
  const manifests = metadata.images.manifestsOf(target).filter(({ kind }) => kind === "image");
  const wanted = manifests.length === 1 ? manifests[0] : bestPlatform(manifests, (manifest) => manifest.platform, platform ?? hostPlatform);
  // The name may stand for the image of another platform, pulled when this one was here already or wanted by nobody.
  if (id === undefined || wanted === undefined || id !== (wanted.config ?? wanted.descriptor.digest)) return undefined;
  return metadata.blobs.isComplete(wanted.descriptor.digest) ? { id, platform: wanted.platform } : undefined;
}

/** Docker takes a single image of another platform, and says so. */
function mismatch(reference: Reference, actual: Platform | undefined, wanted: Platform | undefined): PlatformMismatch | undefined {
  if (wanted === undefined || actual === undefined || samePlatform(actual, wanted)) return undefined;
  return { type: "platform-mismatch", name: familiar(reference), actual: formatPlatform(actual), wanted: formatPlatform(wanted) };
}
