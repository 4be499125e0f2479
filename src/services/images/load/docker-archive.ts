import { detectCompression, MAGIC_SIZE } from "#archive";
import type { StagedBlob } from "#content";
import { invalidArgument } from "#errors";
import { digestOf, canonical, isDigest, isJsonObject, MAX_CONFIG_SIZE, parseImageConfig, parseJson, parseReference } from "#oci";
import type { Descriptor, Digest, DiffId, ImageId, JsonObject } from "#oci";
import { layerCountMismatch } from "../errors.ts";
import type { Hold } from "../holds.ts";
import { checkFiles, readStored } from "../stored-blob.ts";
import type { StoredDeps } from "../stored-blob.ts";
import { LAYER_TYPE, writeManifest } from "../write-manifest.ts";
import type { ArchiveFiles } from "./archive-files.ts";
import type { ArchivedImage } from "./archived-image.ts";

const MAX_ITEMS = 100_000;

interface ArchiveItem {
  readonly config: string;
  readonly layers: readonly string[];
  readonly tags: readonly string[];
  readonly parent: ImageId | undefined;
}

type ReadDeps = StoredDeps & { readonly hold: Hold };

/**
 * Images of a `docker save` archive, by its `manifest.json`. Such an archive has no image manifests, so each
 * image gets the one that Docker would write for it.
 */
export async function readDockerArchive(files: ArchiveFiles, deps: ReadDeps): Promise<ArchivedImage[] | undefined> {
  const document = files.document("manifest.json");
  if (document === undefined) return undefined;
  const images: ArchivedImage[] = [];
  for (const item of parseItems(document)) images.push(await readItem(files, deps, item));
  return images;
}

async function readItem(files: ArchiveFiles, deps: ReadDeps, item: ArchiveItem): Promise<ArchivedImage> {
  const configBytes = await readConfigFile(files, deps, item.config);
  if (configBytes === undefined) throw invalidArgument(`image config "${item.config}" not found`);
  const config = parseImageConfig(configBytes);
  if (!config.hasRootfs) throw invalidArgument("invalid image JSON, no RootFS key");
  if (config.diffIds.length !== item.layers.length) throw layerCountMismatch(item.layers.length, config.diffIds.length);
  const found: FoundLayer[] = [];
  for (const [index, path] of item.layers.entries()) found.push(await findLayer(files, deps, path, config.diffIds[index]));
  const manifest = writeManifest(
    configBytes,
    found.map((layer) => layer.descriptor),
  );
  const documents = new Map<Digest, Uint8Array>([
    [digestOf(configBytes), configBytes],
    [manifest.descriptor.digest, manifest.bytes],
  ]);
  const layers = new Map(found.map((layer) => [layer.descriptor.digest, layer]));
  return {
    target: manifest.descriptor,
    names: item.tags.map(canonicalTag),
    parent: item.parent,
    isUnpublished: true,
    read: ({ digest }) => Promise.resolve(documents.get(digest)),
    blob: (digest) => Promise.resolve(layers.get(digest)?.blob),
    nameOf: (digest) => layers.get(digest)?.path ?? digest,
  };
}

/** A config that was stored before is not received again. */
async function readConfigFile(files: ArchiveFiles, deps: ReadDeps, path: string): Promise<Uint8Array | undefined> {
  const file = files.find(path);
  if (file?.kind === "stored") return readStored(deps, file.digest, MAX_CONFIG_SIZE);
  // Too strange to have been kept in memory: what it begins with is enough to say what is wrong with it.
  if (file?.kind === "blob") parseJson(file.head);
  return file?.kind === "document" ? file.bytes : undefined;
}

interface FoundLayer {
  readonly path: string;
  readonly descriptor: Descriptor;
  readonly blob: StagedBlob | "stored";
}

/** A layer may be left out of the archive when its tree is stored here already: that is how incremental loads work. */
async function findLayer(files: ArchiveFiles, deps: ReadDeps, path: string, diffId: DiffId | undefined): Promise<FoundLayer> {
  const file = files.find(path);
  if (file?.kind === "blob") {
    const blob = await file.staged;
    const mediaType = LAYER_TYPE[blob.layer?.compression ?? "none"];
    return { path, blob, descriptor: { mediaType, digest: blob.digest, size: blob.size } };
  }
  if (file?.kind === "document") throw invalidArgument(`cannot read layer "${path}": archive/tar: invalid tar header`);
  const stored = file?.kind === "stored" ? file.digest : diffId && deps.metadata.blobs.findLayerBlob(diffId)?.digest;
  if (stored !== undefined) await checkFiles(deps, [stored]);
  const size = stored && deps.metadata.blobs.find(stored);
  if (stored === undefined || size === undefined) throw invalidArgument(`failed to resolve layers: layer "${path}" not found`);
  deps.hold.add(stored);
  await using reader = await deps.content.open(stored);
  const mediaType = LAYER_TYPE[detectCompression(await reader.read(0, MAGIC_SIZE))];
  return { path, blob: "stored", descriptor: { mediaType, digest: stored, size } };
}

function parseItems(document: Uint8Array): ArchiveItem[] {
  const what = "manifest.json";
  const json = parseJson(document);
  if (json === null) throw invalidArgument("invalid manifest, manifest cannot be null (but can be [])");
  if (!Array.isArray(json)) throw invalidArgument(`cannot parse ${what}: expected an array`);
  if (json.length > MAX_ITEMS) throw invalidArgument(`cannot parse ${what}: more than ${MAX_ITEMS} images`);
  return json.map((item: unknown, index) => {
    if (!isJsonObject(item)) throw invalidArgument(`cannot parse ${what}: item ${index} must be an object`);
    const config = item["Config"];
    if (typeof config !== "string") throw invalidArgument(`cannot parse ${what}: "Config" of item ${index} must be a string`);
    const parent = item["Parent"];
    return {
      config,
      layers: strings(item, "Layers", index),
      tags: strings(item, "RepoTags", index),
      parent: typeof parent === "string" && isDigest(parent) ? parent : undefined,
    };
  });
}

function strings(item: JsonObject, key: string, index: number): string[] {
  const value = item[key] ?? [];
  if (!Array.isArray(value) || !value.every((part): part is string => typeof part === "string")) {
    throw invalidArgument(`cannot parse manifest.json: "${key}" of item ${index} must be an array of strings`);
  }
  return value;
}

/** A tag of an archive must be complete, and nothing but a tag. */
function canonicalTag(text: string): string {
  const reference = parseReference(text);
  if (reference.tag === undefined || reference.digest !== undefined) throw invalidArgument(`invalid tag "${text}"`);
  return canonical(reference);
}
