import type { StagedBlob } from "#content";
import { invalidArgument, notFound, throwIfAborted } from "#errors";
import { bestPlatform, formatPlatform, samePlatform, successors } from "#oci";
import type { Descriptor, Digest, ImageId, Platform } from "#oci";
import { familiarName } from "../familiar-name.ts";
import { publishImageEvent } from "../image-events.ts";
import type { ImageDeps } from "../image-deps.ts";
import { readImageGraph } from "../image-graph.ts";
import type { GraphManifest, ImageGraph } from "../image-graph.ts";
import type { Cancellable } from "../images.ts";
import { recordImage } from "../record-image.ts";
import type { LoadEvent, LoadRequest } from "../types.ts";
import { ArchiveFiles } from "./archive-files.ts";
import type { ArchivedImage } from "./archived-image.ts";
import { BlobSource } from "./blob-source.ts";
import { readDockerArchive } from "./docker-archive.ts";
import { readOciLayout } from "./oci-layout.ts";

/** Receives an archive of images in any of the formats in use, then makes its images visible one by one. */
export async function* loadImages(deps: ImageDeps, request: LoadRequest, options: Cancellable = {}): AsyncGenerator<LoadEvent> {
  using hold = deps.holds.take();
  const storing = { ...deps, hold };
  await using files = await ArchiveFiles.receive(storing, request.archive, options);
  const images = await readImages(storing, files);
  const { platforms } = request;
  const loaded: ImageId[] = [];
  for (const image of images) {
    throwIfAborted(options.signal);
    const event = yield* loadImage(storing, image, platforms);
    if (event !== undefined) loaded.push(event);
  }
  if (loaded.length === 0 && images.length > 0 && platforms !== undefined) throw notFoundPlatforms(platforms);
  yield { type: "done", images: loaded };
}

type StoringDeps = ImageDeps & { readonly hold: ReturnType<ImageDeps["holds"]["take"]> };

async function readImages(deps: StoringDeps, files: ArchiveFiles): Promise<ArchivedImage[]> {
  const images = readOciLayout(files, new BlobSource(files, deps)) ?? (await readDockerArchive(files, deps));
  if (images === undefined) throw invalidArgument("invalid archive: does not contain a manifest.json");
  return images;
}

/** Returns nothing when the image has none of the wanted platforms. */
async function* loadImage(
  deps: StoringDeps,
  image: ArchivedImage,
  platforms: readonly Platform[] | undefined,
): AsyncGenerator<LoadEvent, ImageId | undefined> {
  const graph = await readImageGraph(image.target, readerFor(image, platforms));
  const blobs = await collectBlobs(deps, image, graph);
  const chosen = choose(deps, graph, blobs, platforms);
  if (chosen === undefined) {
    if (platforms !== undefined) return undefined;
    throw incomplete(image, graph, blobs);
  }
  const fresh = [...blobs.values()].filter((blob) => blob !== "stored");
  const staged = new Map(fresh.map((blob) => [blob.digest, blob]));
  const news = fresh.filter(({ digest, layer }) => layer !== undefined && deps.metadata.blobs.find(digest) === undefined);
  for (const { digest } of fresh) deps.hold.add(digest);
  const parent = image.parent !== undefined && deps.catalog.find(image.parent) !== undefined ? image.parent : undefined;
  const { id, moved } = await recordImage(deps, { graph, chosen, staged, parent, names: image.names });
  for (const { layer, size } of news) if (layer !== undefined) yield { type: "layer", diffId: layer.diffId, current: size, total: size };
  for (const { name, from } of moved) yield { type: "renamed", name: familiarName(name), from };
  publishImageEvent(deps, "load", id, id);
  yield { type: "image", id, names: image.names.map(familiarName) };
  return id;
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
  if (deps.metadata.blobs.find(descriptor.digest) !== undefined) {
    deps.hold.add(descriptor.digest);
    return "stored";
  }
  const bytes = await image.read(descriptor);
  return bytes && deps.content.stage(bytes, { digest: descriptor.digest });
}

/** The best complete manifest for this machine; failing that the first one; failing that an artifact. */
function choose(
  { hostPlatform }: StoringDeps,
  { manifests }: ImageGraph,
  blobs: ReadonlyMap<Digest, unknown>,
  platforms: readonly Platform[] | undefined,
): GraphManifest | undefined {
  const complete = manifests.filter(
    ({ manifest }) => manifest !== undefined && successors(manifest).every(({ digest }) => blobs.has(digest)),
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
  const missing = first && successors(first).find(({ digest }) => !blobs.has(digest));
  if (missing === undefined) return notFound(`cannot load ${name}: the archive does not hold any of its platforms`);
  return notFound(`failed to resolve layers: layer "${image.nameOf(missing.digest)}" not found`);
}

function notFoundPlatforms(platforms: readonly Platform[]): Error {
  return notFound(`requested platform(s) ([${platforms.map(formatPlatform).join(" ")}]) not found: image might be filtered out`);
}
