import type { StagedBlob } from "#content";
import { invalidArgument, notFound, throwIfAborted } from "#errors";
import { bestPlatform, formatPlatform, isForeignLayerType, samePlatform, successors } from "#oci";
import type { Descriptor, DiffId, Digest, ImageId, Platform } from "#oci";
import { collectGarbage } from "../collect-garbage.ts";
import { familiarName } from "../familiar-name.ts";
import type { Hold } from "../holds.ts";
import { publishImageEvent } from "../image-events.ts";
import type { ImageDeps } from "../image-deps.ts";
import { readImageGraph } from "../image-graph.ts";
import type { GraphManifest, ImageGraph } from "../image-graph.ts";
import type { Cancellable } from "../images.ts";
import { checkLayers, recordImages } from "../record-image.ts";
import type { NewImage } from "../record-image.ts";
import { checkFiles } from "../stored-blob.ts";
import type { LoadEvent, LoadRequest } from "../types.ts";
import { ArchiveFiles } from "./archive-files.ts";
import type { ArchivedImage } from "./archived-image.ts";
import { BlobSource } from "./blob-source.ts";
import { readDockerArchive } from "./docker-archive.ts";
import { readOciLayout } from "./oci-layout.ts";

/** Images that become visible together: enough to share the disk's syncs, few enough that the first do not wait for the last. */
const BATCH = 32;

/** Receives an archive of images in any of the formats in use, then makes its images visible, a few at a time. */
export async function* loadImages(deps: ImageDeps, request: LoadRequest, options: Cancellable = {}): AsyncGenerator<LoadEvent> {
  using hold = deps.holds.take();
  await using files = await ArchiveFiles.receive({ ...deps, hold }, request.archive, options);
  const storing = { ...deps, hold, files };
  const images = await readImages(storing);
  const { platforms } = request;
  const loaded: ImageId[] = [];
  for (let first = 0; first < images.length; first += BATCH) {
    throwIfAborted(options.signal);
    loaded.push(...(yield* loadBatch(storing, images.slice(first, first + BATCH), platforms)));
  }
  if (loaded.length === 0 && images.length > 0 && platforms !== undefined) throw notFoundPlatforms(platforms);
  yield { type: "done", images: loaded };
}

type StoringDeps = ImageDeps & { readonly hold: Hold; readonly files: ArchiveFiles };

async function readImages(deps: StoringDeps): Promise<ArchivedImage[]> {
  const { files } = deps;
  const images = readOciLayout(files, new BlobSource(files, deps)) ?? (await readDockerArchive(files, deps));
  if (images === undefined) throw invalidArgument("invalid archive: does not contain a manifest.json");
  return images;
}

/** Images before one that is broken become visible; those behind it do not. */
async function* loadBatch(
  deps: StoringDeps,
  images: readonly ArchivedImage[],
  platforms: readonly Platform[] | undefined,
): AsyncGenerator<LoadEvent, ImageId[]> {
  const outcomes = await Promise.allSettled(images.map((image) => prepareImage(deps, image, platforms)));
  const broken = outcomes.findIndex(({ status }) => status === "rejected");
  const sound = outcomes.slice(0, broken === -1 ? undefined : broken);
  const prepared = sound.flatMap((outcome) => (outcome.status === "fulfilled" && outcome.value !== undefined ? [outcome.value] : []));
  const recorded = prepared.length === 0 ? [] : await recordImages(deps, prepared);
  await collectGarbage(
    deps,
    recorded.flatMap(({ released }) => released),
  );
  const told = new Set<DiffId>();
  for (const [index, { id, moved }] of recorded.entries()) {
    const { names = [], newLayers = [] } = prepared[index] ?? {};
    for (const { diffId, size } of newLayers) {
      // Images of one batch share layers that were new to each of them.
      if (!told.has(diffId)) yield { type: "layer", diffId, current: size, total: size };
      told.add(diffId);
    }
    for (const { name, from } of moved) yield { type: "renamed", name: familiarName(name), from };
    publishImageEvent(deps, "load", id, id);
    yield { type: "image", id, names: names.map(familiarName) };
  }
  const failure = outcomes[broken];
  if (failure?.status === "rejected") throw failure.reason;
  return recorded.map(({ id }) => id);
}

interface PreparedImage extends NewImage {
  /** Layers that were not stored before; `size` as they lie in the archive. */
  readonly newLayers: readonly { readonly diffId: DiffId; readonly size: number }[];
}

/** Everything but making it visible. Nothing when the image has none of the wanted platforms. */
async function prepareImage(
  deps: StoringDeps,
  image: ArchivedImage,
  platforms: readonly Platform[] | undefined,
): Promise<PreparedImage | undefined> {
  const graph = await readImageGraph(image.target, readerFor(image, platforms));
  const blobs = await collectBlobs(deps, image, graph);
  const chosen = choose(deps, graph, blobs, platforms);
  if (chosen === undefined) {
    if (platforms !== undefined) return undefined;
    throw incomplete(image, graph, blobs);
  }
  const fresh = [...blobs.values()].filter((blob) => blob !== "stored");
  const staged = new Map(fresh.map((blob) => [blob.digest, blob]));
  for (const { digest } of fresh) deps.hold.add(digest);
  for (const manifest of graph.manifests) checkLayers(deps, manifest, staged);
  const newLayers = fresh.flatMap(({ digest, size, layer }) => {
    return layer === undefined || deps.metadata.blobs.find(digest) !== undefined ? [] : [{ diffId: layer.diffId, size }];
  });
  return { graph, chosen, staged, parent: image.parent, isUnpublished: image.isUnpublished, names: image.names, newLayers };
}

/** Manifests of other platforms are as good as absent when only some are wanted. */
function readerFor(image: ArchivedImage, platforms: readonly Platform[] | undefined): ArchivedImage["read"] {
  if (platforms === undefined) return (descriptor) => image.read(descriptor);
  return async (descriptor) => {
    const { platform } = descriptor;
    const isOther = platform !== undefined && platform.os !== "unknown" && !platforms.some((wanted) => samePlatform(platform, wanted));
    return isOther ? undefined : image.read(descriptor);
  };
}

/** Everything that the graph refers to and that is at hand. */
async function collectBlobs(deps: StoringDeps, image: ArchivedImage, graph: ImageGraph): Promise<Map<Digest, StagedBlob | "stored">> {
  const blobs = new Map<Digest, StagedBlob | "stored">();
  const wanted = new Map<Digest, Descriptor>([[image.target.digest, image.target]]);
  for (const document of graph.documents.values()) {
    for (const child of successors(document)) {
      // Manifests that the graph leaves out are not wanted, even if the archive has them.
      if (document.kind === "manifest" || graph.documents.has(child.digest)) wanted.set(child.digest, child);
    }
  }
  for (const descriptor of wanted.values()) {
    const isDocument = graph.documents.has(descriptor.digest) || graph.manifests.some(({ record }) => record.config === descriptor.digest);
    const blob = isDocument ? await stageDocument(deps, image, descriptor) : await image.blob(descriptor.digest);
    if (blob !== undefined) blobs.set(descriptor.digest, blob);
  }
  return blobs;
}

async function stageDocument(deps: StoringDeps, image: ArchivedImage, descriptor: Descriptor): Promise<StagedBlob | "stored" | undefined> {
  await checkFiles(deps, [descriptor.digest]);
  if (deps.metadata.blobs.find(descriptor.digest) !== undefined) {
    deps.hold.add(descriptor.digest);
    return "stored";
  }
  const bytes = await image.read(descriptor);
  return bytes && deps.files.stage(bytes, descriptor.digest);
}

/** The best complete manifest for this machine; failing that the first one; failing that an artifact. */
function choose(
  { hostPlatform }: StoringDeps,
  { manifests }: ImageGraph,
  blobs: ReadonlyMap<Digest, unknown>,
  platforms: readonly Platform[] | undefined,
): GraphManifest | undefined {
  const complete = manifests.filter(
    ({ manifest }) =>
      manifest !== undefined && successors(manifest).every(({ digest, mediaType }) => blobs.has(digest) || isForeignLayerType(mediaType)),
  );
  const images = complete.filter(({ record, config }) => record.kind === "image" && config !== undefined);
  const wanted = images.filter(
    ({ record }) => platforms?.some((wanted) => record.platform !== undefined && samePlatform(record.platform, wanted)) !== false,
  );
  const artifact = platforms === undefined ? complete.find(({ record }) => record.kind === "unknown") : undefined;
  return bestPlatform(wanted, ({ record }) => record.platform, hostPlatform) ?? wanted[0] ?? artifact;
}

function incomplete(image: ArchivedImage, graph: ImageGraph, blobs: ReadonlyMap<Digest, unknown>): Error {
  const name = image.names[0] === undefined ? image.target.digest : familiarName(image.names[0]);
  if (!graph.documents.has(image.target.digest)) return notFound(`cannot load ${name}: content ${image.target.digest}: not found`);
  const first = graph.manifests.find(({ record, manifest }) => record.kind === "image" && manifest !== undefined)?.manifest;
  const missing = first && successors(first).find(({ digest, mediaType }) => !blobs.has(digest) && !isForeignLayerType(mediaType));
  if (missing === undefined) return notFound(`cannot load ${name}: the archive does not hold any of its platforms`);
  return notFound(`failed to resolve layers: layer "${image.nameOf(missing.digest)}" not found`);
}

function notFoundPlatforms(platforms: readonly Platform[]): Error {
  return notFound(`requested platform(s) ([${platforms.map(formatPlatform).join(" ")}]) not found: image might be filtered out`);
}
